// A server of static files that isolates its pages, as threads in WebAssembly ask for.

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const KINDS = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

/** Serves `folders`, an object from first path segment ("" for the rest) to folder; gives the address. */
export function serve(folders) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const [, first, ...rest] = path.split("/");
    const [folder, file] = rest.length > 0 && first in folders ? [folders[first], rest.join("/")] : [folders[""], first || "index.html"];
    const full = normalize(join(folder, file));
    const found = full.startsWith(folder + sep) && statSync(full, { throwIfNoEntry: false })?.isFile();
    response.writeHead(found ? 200 : 404, {
      "Content-Type": KINDS[extname(full)] ?? "application/octet-stream",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    });
    if (found) createReadStream(full).pipe(response);
    else response.end();
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() });
    });
  });
}
