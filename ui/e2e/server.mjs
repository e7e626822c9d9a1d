// The real server for end-to-end tests: the built binary, on a folder and a port of its own.
// Not here: what is tested.
// Invariant: a server that was started is stopped, and its folder removed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSite } from './site.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BINARY = resolve(process.env.YIWANG_BIN ?? join(ROOT, 'target/release/yiwang'));

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** A simulated evening at the Bund. */
export const evening = ({ speed = 60 } = {}) => serve(['--site', join(ROOT, 'sites/bund'), '--sim', 'evening', '--speed', String(speed)]);

/** A file of observations replayed into a site of its own. */
export async function replay(observations, { speed = 60 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'yiwang-site-'));
  const { site, file } = await writeSite(folder, observations);
  const city = await serve(['--site', site, '--replay', file, '--speed', String(speed)]);
  const stop = city.stop;
  return {
    ...city,
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The binary with these arguments; `kill` and `start` may be called in turn on the same folder. */
async function serve(what) {
  if (!existsSync(BINARY)) throw new Error(`no binary at ${BINARY}: build it with \`make build\`, or set YIWANG_BIN`);
  const data = await mkdtemp(join(tmpdir(), 'yiwang-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  let child = null;
  let exited = Promise.resolve();

  async function start() {
    let log = '';
    child = spawn(BINARY, ['serve', ...what, '--listen', `127.0.0.1:${port}`, '--data', data]);
    for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (piece) => { log = (log + piece).slice(-4000); });
    exited = new Promise((done) => child.once('exit', done));
    for (let i = 0; i < 600; i++) {
      if (child.exitCode !== null) throw new Error(`the server ended: ${log}`);
      if (await fetch(`${url}readyz`).then((answer) => answer.ok, () => false)) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`the server did not become ready: ${log}`);
  }
  async function kill(signal = 'SIGKILL') {
    child.kill(signal);
    await exited;
  }
  await start();
  return {
    url,
    start,
    kill,
    signal: (name) => child.kill(name),
    view: () => fetch(`${url}v1/view`).then((answer) => answer.json()),
    clock: (change) => fetch(`${url}v1/clock`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(change) }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await kill();
      await rm(data, { recursive: true, force: true });
    },
  };
}
