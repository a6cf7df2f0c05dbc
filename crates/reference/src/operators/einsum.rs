//! `Einsum`: pairs of operands contracted as batched matrix products, from left to right.

use burn_backend::Backend;

use super::{Entry, Results, float};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::Float;

/// The label of the first axis that an ellipsis stands for; they count upwards from here.
const ELLIPSIS: u32 = 0x1_0000;

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![Entry::full("Einsum", einsum)]
}

/// A tensor with a label an axis.
struct Term<B: Backend> {
    tensor: Float<B>,
    labels: Vec<u32>,
}

fn einsum<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let equation: String = call.text("equation", "").split_whitespace().collect();
    let (left, right) = match equation.split_once("->") {
        Some((left, right)) => (left.to_owned(), Some(right.to_owned())),
        None => (equation, None),
    };
    let parts: Vec<&str> = left.split(',').collect();
    if parts.len() != call.count() {
        return Err(call.refuse(format!("an equation for {} operands, given {}", parts.len(), call.count())));
    }
    let mut terms = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let labels = labels(call, part, Some(call.dims(index).len()), 0)?;
        terms.push(Term { tensor: call.float(index)?, labels });
    }
    let widest = terms.iter().map(|term| term.labels.iter().filter(|&&label| label >= ELLIPSIS).count()).max();
    let wanted = match right {
        Some(right) => labels(call, &right, None, widest.unwrap_or(0))?,
        None => implicit(&terms),
    };
    for term in &mut terms {
        diagonal(term);
    }
    let mut terms = terms.into_iter();
    let mut result = terms.next().ok_or_else(|| call.refuse("it has no operands"))?;
    let mut rest: Vec<Term<B>> = terms.collect();
    while !rest.is_empty() {
        let next = rest.remove(0);
        let needed = |label: &u32| wanted.contains(label) || rest.iter().any(|term| term.labels.contains(label));
        result = contract(call, result, next, needed)?;
    }
    let result = sum_out(result, |label| wanted.contains(label));
    let order: Option<Vec<usize>> =
        wanted.iter().map(|label| result.labels.iter().position(|other| other == label)).collect();
    let order = order.ok_or_else(|| call.refuse("its result has an axis that no operand has"))?;
    let dims = call.result_dims(0).to_vec();
    float(if order.is_empty() { result.tensor.reshape(&[]) } else { result.tensor.permute(&order).expand(&dims) })
}

/// The labels of one side's term; an ellipsis stands for the axes that `rank` leaves, or for `open` ones.
fn labels<B: Backend>(
    call: &Call<'_, B>,
    text: &str,
    rank: Option<usize>,
    open: usize,
) -> Result<Vec<u32>, ReferenceError> {
    let letters = |text: &str| text.chars().map(u32::from).collect::<Vec<u32>>();
    let found = match text.split_once("...") {
        Some((before, after)) => {
            let (before, after) = (letters(before), letters(after));
            let hidden = rank.map_or(Some(open), |rank| rank.checked_sub(before.len() + after.len()));
            let hidden = hidden.ok_or_else(|| call.refuse(format!("the term {text} for too few axes")))? as u32;
            // Counted from the last, so that axes of several ellipses meet at their ends.
            [before, (0..hidden).map(|n| ELLIPSIS + hidden - 1 - n).collect(), after].concat()
        }
        None => letters(text),
    };
    if rank.is_some_and(|rank| rank != found.len()) {
        return Err(call.refuse(format!("the term {text} for {} axes", rank.unwrap_or(0))));
    }
    Ok(found)
}

/// Without an arrow: the ellipsis, then every letter that occurs once, in order of the alphabet.
fn implicit<B: Backend>(terms: &[Term<B>]) -> Vec<u32> {
    let mut all: Vec<u32> = terms.iter().flat_map(|term| term.labels.iter().copied()).collect();
    all.sort_unstable();
    let count = |label: u32| all.iter().filter(|&&other| other == label).count();
    let mut once: Vec<u32> = all.iter().copied().filter(|&label| label < ELLIPSIS && count(label) == 1).collect();
    let mut hidden: Vec<u32> = all.iter().copied().filter(|&label| label >= ELLIPSIS).collect();
    hidden.dedup();
    hidden.reverse();
    hidden.append(&mut once);
    hidden
}

/// A label that a term repeats stands for its diagonal.
fn diagonal<B: Backend>(term: &mut Term<B>) {
    while let Some((first, second)) = repeated(&term.labels) {
        let dims = term.tensor.dims();
        let rank = dims.len();
        let rest: Vec<usize> = (0..rank).filter(|&axis| axis != first && axis != second).collect();
        let order: Vec<usize> = [first, second].into_iter().chain(rest.iter().copied()).collect();
        let side = dims[first];
        let others: Vec<usize> = rest.iter().map(|&axis| dims[axis]).collect();
        let square = term.tensor.clone().permute(&order).reshape(&[&[side * side][..], &others].concat());
        let on_it: Vec<i32> = (0..side).map(|n| (n * (side + 1)) as i32).collect();
        term.tensor = square.select(0, &on_it);
        term.labels = order.iter().skip(1).map(|&axis| term.labels[axis]).collect();
    }
}

fn repeated(labels: &[u32]) -> Option<(usize, usize)> {
    let later = |(first, label): (usize, &u32)| {
        labels.iter().skip(first + 1).position(|other| other == label).map(|distance| (first, first + 1 + distance))
    };
    labels.iter().enumerate().find_map(later)
}

/// The term summed over the axes that are not kept.
fn sum_out<B: Backend>(term: Term<B>, keep: impl Fn(&u32) -> bool) -> Term<B> {
    let Term { mut tensor, labels } = term;
    let mut dims = tensor.dims();
    for (axis, label) in labels.iter().enumerate() {
        if !keep(label) {
            tensor = tensor.sum(axis);
            dims[axis] = 1;
        }
    }
    let kept: Vec<usize> = (0..labels.len()).filter(|&axis| keep(&labels[axis])).collect();
    let dims: Vec<usize> = kept.iter().map(|&axis| dims[axis]).collect();
    Term { tensor: tensor.reshape(&dims), labels: kept.into_iter().map(|axis| labels[axis]).collect() }
}

/// Two terms as one: shared axes that are needed later are a batch, the other shared ones are summed.
fn contract<B: Backend>(
    call: &Call<'_, B>,
    a: Term<B>,
    b: Term<B>,
    needed: impl Fn(&u32) -> bool,
) -> Result<Term<B>, ReferenceError> {
    let (left, right) = (a.labels.clone(), b.labels.clone());
    let a = sum_out(a, |label| needed(label) || right.contains(label));
    let b = sum_out(b, |label| needed(label) || left.contains(label));
    let shared: Vec<u32> = a.labels.iter().copied().filter(|label| b.labels.contains(label)).collect();
    let (batch, summed): (Vec<u32>, Vec<u32>) = shared.iter().partition(|label| needed(label));
    let only = |own: &Term<B>| own.labels.iter().copied().filter(|label| !shared.contains(label)).collect::<Vec<_>>();
    let (rows, columns) = (only(&a), only(&b));
    let len = |label: &u32| {
        let of =
            |term: &Term<B>| term.labels.iter().position(|other| other == label).map(|axis| term.tensor.dims()[axis]);
        match (of(&a), of(&b)) {
            (Some(m), Some(n)) if m == n || m == 1 || n == 1 => Ok(m.max(n)),
            (Some(m), Some(n)) => Err(call.refuse(format!("an axis is {m} long in one operand, {n} in another"))),
            (m, n) => Ok(m.or(n).unwrap_or(1)),
        }
    };
    let lens = |labels: &[u32]| labels.iter().map(len).collect::<Result<Vec<usize>, _>>();
    let (batch_dims, sum_dims) = (lens(&batch)?, lens(&summed)?);
    let (row_dims, column_dims) = (lens(&rows)?, lens(&columns)?);
    let size = |dims: &[usize]| dims.iter().product::<usize>();
    let arranged = |term: Term<B>, order: [&[u32]; 3], dims: [&[usize]; 3]| {
        let axes: Vec<usize> =
            order.concat().iter().filter_map(|label| term.labels.iter().position(|other| other == label)).collect();
        let tensor = if axes.is_empty() { term.tensor } else { term.tensor.permute(&axes) };
        tensor.expand(&dims.concat()).reshape(&dims.map(size))
    };
    let a = arranged(a, [&batch, &rows, &summed], [&batch_dims, &row_dims, &sum_dims]);
    let b = arranged(b, [&batch, &summed, &columns], [&batch_dims, &sum_dims, &column_dims]);
    let tensor = a.matmul(b).reshape(&[batch_dims, row_dims, column_dims].concat());
    Ok(Term { tensor, labels: [batch, rows, columns].concat() })
}
