// Nothing leaves the room: no request from the first file to the download, offline as well, and every way out is refused.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";
import { after } from "node:test";
import { REFUSED, close, pageTest } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { SMALL, smallVolume } from "./lib/volumes.mjs";

after(close);

/** Records what the page and its workers send, by two witnesses: Chromium's protocol and Playwright's own ear. */
async function witness(page, context) {
  const requests = [];
  const heard = (url) => !/^(blob|data):/.test(url) && requests.push(url);
  const protocol = await context.newCDPSession(page);
  await protocol.send("Network.enable");
  protocol.on("Network.requestWillBeSent", ({ request }) => heard(request.url));
  protocol.on("Network.webSocketCreated", ({ url }) => heard(url));
  context.on("request", (request) => heard(request.url()));
  return requests;
}

for (const offline of [false, true]) {
  const name = `no request is sent from the first file to the download${offline ? ", with the network gone" : ""}`;
  pageTest(name, {}, async (page, { context }) => {
    const requests = await witness(page, context);
    const darkroom = await Darkroom.open(page);
    await darkroom.ready();
    assert.ok(requests.some((url) => url.endsWith("/engine_bg.wasm")), "the witness heard the page load");
    assert.ok(!requests.some((url) => url.endsWith("/cpu_bg.wasm")), "for a GPU the CPU path is not fetched");
    requests.length = 0;

    await context.setOffline(offline);
    await darkroom.choose([{ name: SMALL, bytes: smallVolume() }]);
    await darkroom.opened();
    await darkroom.enhance();
    const file = await darkroom.download("download-nifti");
    assert.ok(file.bytes.length > 1000);
    assert.deepEqual(requests, []);
    assert.match(await darkroom.by("sealed").innerText(), /\b0 requests/);
  });
}

pageTest("every way out is refused, from the page and from a worker", { expected: [REFUSED] }, async (page) => {
  const outside = await listen();
  try {
    await Darkroom.open(page);
    const attempts = await page.evaluate(tryEverything, outside.addresses);
    const escaped = attempts.filter(([, verdict]) => verdict !== "refused");
    assert.deepEqual(escaped, []);
    assert.ok(attempts.length >= 14, `${attempts.length} attempts were made`);
    // A packet that got out has had time to arrive.
    await page.waitForTimeout(1000);
    assert.deepEqual(outside.heard, []);
  } finally {
    outside.close();
  }
});

pageTest("the page's own proof finds every way refused", { expected: [REFUSED] }, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.by("sealed").click();
  await darkroom.by("self-test").click();
  await darkroom.by("self-test-row").first().waitFor();
  const rows = await darkroom.by("self-test-row").allInnerTexts();
  assert.ok(rows.length >= 8, rows.join("\n"));
  for (const row of rows) assert.match(row, /refused/);
  await page.getByRole("button", { name: "Close" }).first().click();
  assert.match(await darkroom.by("sealed").innerText(), /\b0 requests/);
});

/** A server and a datagram socket outside the page's origin, which write down whatever reaches them. */
async function listen() {
  const heard = [];
  const server = createServer((request, response) => {
    heard.push(request.url);
    response.writeHead(200, { "access-control-allow-origin": "*" }).end("escaped");
  });
  server.on("upgrade", (request, socket) => (heard.push(`upgrade ${request.url}`), socket.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const datagrams = createSocket("udp4", () => heard.push("a datagram"));
  datagrams.bind(0, "127.0.0.1");
  await once(datagrams, "listening");
  const addresses = { http: `127.0.0.1:${server.address().port}`, stun: `stun:127.0.0.1:${datagrams.address().port}` };
  return { heard, addresses, close: () => (server.close(), datagrams.close()) };
}

/** Runs in the page. Each attempt answers [name, "refused" or how it got out]. */
async function tryEverything({ http, stun }) {
  const attempts = [];
  const attempt = async (name, act) => {
    const verdict = await Promise.race([
      Promise.resolve().then(act).then((how) => how ?? "got out", () => "refused"),
      new Promise((resolve) => setTimeout(resolve, 5000, "no answer")),
    ]);
    attempts.push([name, verdict]);
  };
  const refusedByPolicy = (act) =>
    new Promise((resolve) => {
      addEventListener("securitypolicyviolation", () => resolve("refused"), { once: true });
      setTimeout(resolve, 3000, "the policy said nothing");
      act();
    });
  const element = (name, properties) => document.body.append(Object.assign(document.createElement(name), properties));
  const outside = `http://${http}/`;

  // First what would undo the seal: taking the policy out of the document again.
  document.querySelectorAll("meta[http-equiv]").forEach((meta) => meta.remove());

  await attempt("fetch, own server", () => fetch("/index.html").then(() => undefined));
  await attempt("fetch, other server", () => fetch(outside, { mode: "no-cors" }).then(() => undefined));
  await attempt("XMLHttpRequest", () => {
    const request = new XMLHttpRequest();
    request.open("GET", outside, false);
    request.send();
  });
  for (const name of ["WebSocket", "EventSource", "WebTransport", "RTCPeerConnection", "webkitRTCPeerConnection"]) {
    await attempt(name, () => {
      const Way = globalThis[name];
      if (Way === undefined) return "refused";
      new Way(name === "WebSocket" ? `ws://${http}/` : name.includes("RTC") ? { iceServers: [{ urls: stun }] } : outside);
    });
  }
  await attempt("beacon", () => refusedByPolicy(() => navigator.sendBeacon(outside, "x")));
  await attempt("image", () => refusedByPolicy(() => element("img", { src: outside })));
  await attempt("script", () => refusedByPolicy(() => element("script", { src: outside })));
  await attempt("style sheet", () => refusedByPolicy(() => element("link", { rel: "stylesheet", href: outside })));
  await attempt("frame", () => refusedByPolicy(() => element("iframe", { src: outside })));
  await attempt("form", () =>
    refusedByPolicy(() => {
      const form = Object.assign(document.createElement("form"), { action: outside, target: "_blank", method: "post" });
      document.body.append(form);
      form.submit();
    }),
  );

  const inWorker = `
    const answer = async (name, act) => postMessage([name, await act().then(() => "got out", () => "refused")]);
    (async () => {
      await answer("worker: fetch, own server", () => fetch(${JSON.stringify(`${location.origin}/index.html`)}));
      await answer("worker: fetch, other server", () => fetch(${JSON.stringify(outside)}, { mode: "no-cors" }));
      await answer("worker: importScripts", async () => importScripts(${JSON.stringify(outside)}));
      await answer("worker: XMLHttpRequest", async () => {
        const request = new XMLHttpRequest();
        request.open("GET", ${JSON.stringify(outside)}, false);
        request.send();
      });
      await answer("worker: WebSocket", () => new Promise((resolve, reject) => {
        const socket = new WebSocket(${JSON.stringify(`ws://${http}/`)});
        socket.onopen = resolve;
        socket.onerror = reject;
      }));
      postMessage(null);
    })();`;
  await attempt("a worker is made", async () => {
    const worker = new Worker(URL.createObjectURL(new Blob([inWorker], { type: "text/javascript" })));
    for (;;) {
      const row = await new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
      if (row === null) return "refused";
      attempts.push(row);
    }
  });
  return attempts;
}
