// Runs inside the image: starts the service as the image does, checks it, and prints the result as one line of JSON.
// Argument: the image’s configuration, as JSON.
const { spawn, spawnSync } = require('node:child_process');
const { accessSync, constants, existsSync, readdirSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');

const { Entrypoint, Cmd } = JSON.parse(process.argv[1]);

const canWrite = (path) => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

async function main() {
  const modes = ['/data', '/uploads'].map((path) => (statSync(path).mode & 0o777).toString(8));
  writeFileSync('/data/probe', '');
  writeFileSync('/uploads/probe', '');
  const [program, ...args] = [...Entrypoint, ...Cmd, '--port', '0', '--json', '--heartbeat', '/tmp/heartbeat'];
  const service = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stopped = new Promise((resolve) => service.on('close', resolve));
  let said = '';
  const url = await new Promise((resolve, reject) => {
    service.stdout.on('data', (piece) => {
      said += piece;
      const found = /"url": "([^"]+)"/.exec(said);
      if (found) resolve(found[1].replace('0.0.0.0', '127.0.0.1'));
    });
    service.on('close', (status) => reject(new Error(`The service ended with ${status}: ${said}`)));
  });
  const status = async (path, headers = {}) => (await fetch(url + path, { headers })).status;
  const found = {
    user: process.getuid(),
    modes,
    health: await status('/health'),
    ready: await status('/ready'),
    // With the tools of the image, as the probes of compose.yaml and of the Helm chart.
    heartbeat: spawnSync('sh', ['-c', 'test -n "$(find /tmp/heartbeat -mmin -2)"']).status,
    sleep: spawnSync('sleep', ['0']).status,
    page: await status('/', { accept: 'text/html' }),
    reader: typeof createRequire('/app/').call(null, '@duckdb/node-api').version(),
    bigquery: typeof createRequire('/app/').call(null, '@google-cloud/bigquery-storage').v1,
    programIsWritable: ['/app', '/app/dist', '/app/node_modules'].some(canWrite),
    files: readdirSync('/app').sort(),
    build: readdirSync('/app/build').sort(),
    tools: ['vitest', 'vite', 'rolldown', 'lightningcss', 'react', 'react-dom', 'typescript', 'node'].filter((name) =>
      existsSync(`/app/node_modules/${name}`),
    ),
  };
  service.kill('SIGTERM');
  found.exit = await stopped;
  console.log(JSON.stringify(found));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
