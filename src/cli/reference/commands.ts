/** `lineup completion` and `lineup man`: what shells and the manual say of the commands. */
import { Command } from 'commander';
import packageJson from '../../../package.json' with { type: 'json' };
import { oneOf } from '../options.ts';
import { print } from '../output.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { manPage } from './man-page.ts';
import { type CommandOutline, outlineOf } from './outline.ts';
import { zshCompletion } from './zsh.ts';

/** The program with all its commands. */
type Whole = () => Promise<Command>;

const shells = ['bash', 'zsh', 'fish'] as const;

const completions: Readonly<Record<(typeof shells)[number], (program: CommandOutline) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export const completionCommand = (whole: Whole): Command =>
  new Command('completion')
    .description(
      'Prints a script with which a shell completes the commands of Lineup, their options and the values of these.',
    )
    .argument('<shell>', shells.join(', '), oneOf('<shell>', shells))
    .addHelpText(
      'after',
      `
For this shell:
  bash:  source <(lineup completion bash)
  zsh:   source <(lineup completion zsh)
  fish:  lineup completion fish | source
For every shell, write the script to a file:
  bash:  ~/.local/share/bash-completion/completions/lineup
  zsh:   _lineup in a folder of $fpath
  fish:  ~/.config/fish/completions/lineup.fish`,
    )
    .action(async (shell: (typeof shells)[number]) => print(completions[shell](outlineOf(await whole()))));

export const manCommand = (whole: Whole): Command =>
  new Command('man')
    .description('Prints the page of the manual, which has the help of every command.')
    .addHelpText('after', '\nTo read it: lineup man | man -l -')
    .action(async () => print(manPage(outlineOf(await whole()), packageJson.version)));
