//! Files as the user gives them: dropped (with folders), chosen, pasted.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry, HtmlInputElement,
};

/// Files with their names, folders included.
pub type Named = Vec<(String, File)>;

/// Files of a file input or a paste.
pub fn listed(list: Option<FileList>) -> Named {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.get(at)).map(|file| (path(&file), file)).collect()
}

/// The files of a file input that changed. The input is emptied, so that choosing the same file again is a change.
pub fn chosen(event: &web_sys::Event) -> Named {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return Vec::new() };
    let files = listed(input.files());
    input.set_value("");
    files
}

/// The first of them.
pub fn first_chosen(event: &web_sys::Event) -> Option<File> {
    chosen(event).into_iter().next().map(|(_, file)| file)
}

/// Files of a drop, folders opened.
///
/// A browser forgets the dropped items when its event handler returns, so the entries are taken at
/// once and read later.
pub fn dropped(transfer: &DataTransfer) -> impl Future<Output = Named> + use<> {
    let items = transfer.items();
    let entries: Vec<FileSystemEntry> =
        (0..items.length()).filter_map(|at| items.get(at)?.webkit_get_as_entry().ok()?).collect();
    let plain = listed(transfer.files());
    async move {
        // Without entries (a test's or an old browser's drop) the plain list is all there is.
        if entries.is_empty() {
            return plain;
        }
        let mut files = Vec::new();
        let mut waiting = entries;
        while let Some(entry) = waiting.pop() {
            if entry.is_directory() {
                waiting.extend(children(entry.unchecked_ref()).await);
            } else if let Some(file) = file(entry.unchecked_ref()).await {
                files.push((entry.full_path().trim_start_matches('/').to_owned(), file));
            }
        }
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files
    }
}

/// All entries of a folder; the browser hands them out in portions.
async fn children(folder: &FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        let portion = awaited(|done, failed| {
            let _ = reader.read_entries_with_callback_and_callback(&done, &failed);
        })
        .await;
        let portion = portion.map(|portion| Array::from(&portion)).unwrap_or_default();
        if portion.length() == 0 {
            return all;
        }
        all.extend(portion.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn file(entry: &FileSystemFileEntry) -> Option<File> {
    awaited(|done, failed| entry.file_with_callback_and_callback(&done, &failed)).await.ok()?.dyn_into().ok()
}

/// A call with two callbacks as something to wait for.
async fn awaited(mut call: impl FnMut(Function, Function)) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::new(&mut |done, failed| call(done, failed))).await
}

/// A file's name with the folders it was chosen with.
fn path(file: &File) -> String {
    let path = js_sys::Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
}
