/**
 * npm run test:image: builds the container image and runs it, if a tool for this is installed. Otherwise it prints
 * that it does not; with LINEUP_IMAGE_REQUIRED=1 that is a failure. LINEUP_IMAGE_BASE names another base image.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContainerTool, tools } from './tools.ts';

const IMAGE = 'lineup-image-test';
const { LINEUP_IMAGE_BASE: base, LINEUP_IMAGE_REQUIRED: required } = process.env;

const tool = tools.find(({ name, works }) => spawnSync(name, works, { stdio: 'ignore' }).status === 0);
if (tool) {
  try {
    test(tool);
  } catch (error) {
    console.error(`test:image: failed. ${(error as Error).message}`);
    process.exitCode = 1;
  }
} else {
  console.error('test:image: buildah, podman or docker does not work here; the image is not tested.');
  process.exitCode = required ? 1 : 0;
}

function test({ name, build, inspect, startOf, run, remove }: ContainerTool): void {
  const runTool = (args: readonly string[]): string =>
    execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  console.log(`test:image: ${name} builds the image …`);
  execFileSync(name, build({ image: IMAGE, base }), { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const { Entrypoint, Cmd } = startOf(JSON.parse(runTool(inspect(IMAGE))));
    const probe = readFileSync(join(import.meta.dirname, 'probe.js'), 'utf8');
    const outputs = runAll(run(IMAGE, ['node', '-e', probe, JSON.stringify({ Entrypoint, Cmd })]), runTool);
    const found = JSON.parse(outputs.find((line) => line.startsWith('{'))!) as Record<string, unknown>;
    console.log(found);
    const { user, ...rest } = found;
    assert.notEqual(user, 0, 'The image runs as root.');
    assert.deepEqual(rest, {
      modes: ['700', '700'],
      health: 200,
      ready: 200,
      heartbeat: 0,
      sleep: 0,
      page: 200,
      reader: 'string',
      bigquery: 'object',
      programIsWritable: false,
      files: ['build', 'dist', 'migrations', 'node_modules', 'package.json'],
      build: ['column.wasm', 'fingerprints.wasm', 'json-field.wasm', 'kernel.wasm', 'text-vector.wasm', 'web'],
      tools: [],
      exit: 0,
    });
    console.log('test:image: passed.');
  } finally {
    runTool(remove(IMAGE));
  }
}

/** @returns the output of each command, in lines. The last command always runs, because it cleans up. */
function runAll(commands: readonly string[][], runTool: (args: readonly string[]) => string): string[] {
  const [first, ...others] = commands;
  const printed = runTool(first!);
  const container = printed.split('\n').at(-1)!;
  const named = others.map((command) => command.map((part) => part.replace('{container}', container)));
  try {
    return [printed, ...named.slice(0, -1).map(runTool)].flatMap((text) => text.split('\n'));
  } finally {
    const last = named.at(-1);
    if (last) runTool(last);
  }
}
