/** How soon the command line shows its version or a help, beside Node.js without a program: in turn, all warm. */
import { join, resolve } from 'node:path';
import { inTurn, markdown, measure } from './measure.ts';

const lineup = join(resolve(import.meta.dirname, '..'), 'lineup');
const BARE = 'node -e 0';

const commands = ['--version', '--help', 'serve --help', 'export --help', 'jobs --help', 'jobs create --help'];
const candidates = {
  [BARE]: () => measure(process.execPath, ['-e', '0']),
  ...Object.fromEntries(
    commands.map((command) => [`lineup ${command}`, () => measure(lineup, command.split(' '))] as const),
  ),
};

const ROUNDS = 11;
const medians = inTurn(candidates, ROUNDS);
const bare = medians[BARE]!;
console.log(
  markdown(
    ['command', 'seconds', 'processor s', '× Node.js', 'peak MB'],
    Object.entries(medians).map(([name, { seconds, processorSeconds, peakMb }]) => [
      `\`${name}\``,
      seconds.toFixed(3),
      processorSeconds.toFixed(2),
      (seconds / bare.seconds).toFixed(1),
      peakMb.toFixed(0),
    ]),
  ),
);
