// One model on all engines: time to create, first run, later runs in turn.

import { chromium } from "playwright-core";

/** In the order in which they are made: the one that may not come to an end is the last. */
export const ENGINES = ["darkroom-gpu", "darkroom-cpu", "ort-wasm-1", "ort-wasm-2", "ort-webgpu"];

const FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--no-sandbox", "--disable-background-networking"];

/** A largest relative error beyond this is a wrong answer. */
const WRONG = 1e-3;

class OverLimit extends Error {}

/**
 * Measures `model` and gives, for each engine, `{ create, first, later, error, where, note }`: milliseconds, the times
 * of the later runs, the largest relative error, where it ran, and why figures are missing.
 *
 * All engines live in one page, each in a worker of its own; the later runs go round `rounds` times, so that what else
 * the machine does hits all alike. No engine gets more than `limit` seconds in all. One that exceeds them is cut off
 * with its browser, since work handed to a GPU cannot be called back, and the others go on in a new one.
 */
export async function measure(url, executable, model, { rounds, limit, say }) {
  const results = Object.fromEntries(ENGINES.map((engine) => [engine, { create: null, first: null, later: [], error: null, where: null, note: null }]));
  let left = Object.fromEntries(ENGINES.map((engine) => [engine, limit * 1000]));
  let site = await Site.open(url, executable, model);
  const alive = new Set(ENGINES);

  /** One step of an engine; a failure or the limit ends its part. */
  async function step(engine, ask) {
    try {
      const start = performance.now();
      const answer = await site.within(left[engine], ask(engine));
      left[engine] -= performance.now() - start;
      if (answer.error > WRONG) throw new Error(`wrong by ${answer.error.toExponential(1)}`);
      results[engine].error = answer.error === undefined ? null : Math.max(results[engine].error, answer.error);
      return answer;
    } catch (error) {
      alive.delete(engine);
      results[engine].note ??= error instanceof OverLimit ? `over ${limit} s` : error.message.split("\n")[0].replace(/^page\.evaluate: (Error: )?/, "");
      say(`${model} ${engine}: ${results[engine].note}`);
      if (error instanceof OverLimit) {
        await site.close();
        site = await Site.open(url, executable, model);
        for (const other of alive) if (results[other].create !== null) await site.ready(other);
      } else {
        await site.end(engine);
      }
      return null;
    }
  }

  for (const engine of ENGINES) {
    const created = await step(engine, (engine) => site.create(engine));
    if (!created) continue;
    Object.assign(results[engine], { create: rounded(created.ms), where: created.where });
    const first = await step(engine, (engine) => site.run(engine));
    if (first) results[engine].first = rounded(first.ms);
    say(`${model} ${engine} (${created.where}): create ${created.ms.toFixed(0)} ms, first ${first?.ms.toFixed(0)} ms, error ${first?.error.toExponential(1)}`);
  }
  for (let round = 0; round < rounds; round++) {
    for (const engine of [...alive]) {
      const { first, later } = results[engine];
      if ((later.at(-1) ?? first) > left[engine]) {
        results[engine].note ??= later.length === 0 ? "no later run within the limit" : null;
        continue;
      }
      const run = await step(engine, (engine) => site.run(engine));
      if (run) later.push(rounded(run.ms));
    }
    say(`${model}: round ${round + 1} of ${rounds}`);
  }
  const machine = await site.machine();
  await site.close();
  return { results, machine };
}

/** Milliseconds to a tenth: browsers tell no more. */
function rounded(ms) {
  return Math.round(10 * ms) / 10;
}

/** The page in a browser of its own. */
class Site {
  static async open(url, executable, model) {
    const site = new Site();
    site.model = model;
    site.browser = await chromium.launch({ executablePath: executable, args: FLAGS });
    site.page = await site.browser.newPage();
    await site.page.goto(url);
    await site.page.waitForFunction(() => globalThis.peers && crossOriginIsolated);
    return site;
  }

  create(engine) {
    return this.page.evaluate(([engine, model]) => peers.create(engine, model), [engine, this.model]);
  }

  run(engine) {
    return this.page.evaluate((engine) => peers.run(engine), engine);
  }

  /** Makes an engine as it was before the browser was lost, untimed. */
  async ready(engine) {
    await this.create(engine);
    await this.run(engine);
  }

  end(engine) {
    return this.page.evaluate((engine) => peers.end(engine), engine);
  }

  machine() {
    return this.page.evaluate(async () => {
      const info = (await navigator.gpu?.requestAdapter())?.info;
      return { browser: navigator.userAgent.match(/Chrome\/[\d.]+/)?.[0] ?? navigator.userAgent, adapter: `${info?.vendor} ${info?.architecture}` };
    });
  }

  /** The answer, or an error once `milliseconds` have passed. */
  async within(milliseconds, answer) {
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new OverLimit()), milliseconds)));
    // What comes after the limit, such as the end of the browser, concerns nobody.
    answer.catch(() => {});
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }

  close() {
    return this.browser.close();
  }
}
