//! The model card's Markdown as the few kinds of block it uses. Marks inside a line are dropped.

/// A block of the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardBlock {
    /// A heading of any level.
    Heading(String),
    /// Lines up to a blank one.
    Paragraph(String),
    /// Items of a list.
    List(Vec<String>),
    /// Rows of cells; the first is the head.
    Table(Vec<Vec<String>>),
}

/// The blocks of a card, in order.
#[must_use]
pub fn card_blocks(markdown: &str) -> Vec<CardBlock> {
    let mut blocks = Vec::new();
    let mut fresh = true;
    for line in markdown.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("```") {
            fresh = true;
        } else if line.starts_with('#') {
            blocks.push(CardBlock::Heading(plain(line.trim_start_matches('#'))));
            fresh = true;
        } else if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            match blocks.last_mut() {
                Some(CardBlock::List(items)) if !fresh => items.push(plain(item)),
                _ => blocks.push(CardBlock::List(vec![plain(item)])),
            }
            fresh = false;
        } else if line.starts_with('|') {
            row(&mut blocks, line, fresh);
            fresh = false;
        } else {
            match blocks.last_mut() {
                Some(CardBlock::Paragraph(text)) if !fresh => continue_line(text, line),
                Some(CardBlock::List(items)) if !fresh => {
                    if let Some(item) = items.last_mut() {
                        continue_line(item, line);
                    }
                }
                _ => blocks.push(CardBlock::Paragraph(plain(line))),
            }
            fresh = false;
        }
    }
    blocks
}

fn row(blocks: &mut Vec<CardBlock>, line: &str, fresh: bool) {
    let cells: Vec<String> = line.trim_matches('|').split('|').map(plain).collect();
    // The rule under the head.
    if cells.iter().all(|cell| !cell.is_empty() && cell.chars().all(|mark| mark == '-' || mark == ':')) {
        return;
    }
    match blocks.last_mut() {
        Some(CardBlock::Table(rows)) if !fresh => rows.push(cells),
        _ => blocks.push(CardBlock::Table(vec![cells])),
    }
}

fn continue_line(text: &mut String, line: &str) {
    text.push(' ');
    text.push_str(&plain(line));
}

fn plain(text: &str) -> String {
    text.replace(['*', '`'], "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_falls_into_blocks() {
        let card =
            "# Model\n\nFirst **line**\nand second.\n\n- one\n  more\n- two\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\nEnd";
        let table = vec![vec!["a".to_owned(), "b".to_owned()], vec!["1".to_owned(), "2".to_owned()]];
        assert_eq!(
            card_blocks(card),
            [
                CardBlock::Heading("Model".to_owned()),
                CardBlock::Paragraph("First line and second.".to_owned()),
                CardBlock::List(vec!["one more".to_owned(), "two".to_owned()]),
                CardBlock::Table(table),
                CardBlock::Paragraph("End".to_owned()),
            ]
        );
        assert_eq!(card_blocks(""), []);
    }
}
