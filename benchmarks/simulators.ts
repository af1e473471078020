/** Simulators of sources, each in a process of its own, so that its work is not measured. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

export type Environment = Readonly<Record<string, string>>;

/**
 * Calls `work` with the variables that a simulator prints for a shell, and stops it afterwards.
 * @param name its folder in `simulators`
 */
export async function withSimulator(
  name: string,
  members: number,
  work: (environment: Environment) => void,
): Promise<void> {
  const main = join(resolve(import.meta.dirname, '../simulators'), name, 'main.ts');
  const simulator = spawn(process.execPath, [main, '--port', '0', '--members', String(members)], {
    // It logs every request to the standard error.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    let text = '';
    for await (const data of simulator.stdout.setEncoding('utf8')) {
      text += data;
      // The variables are printed before the admin endpoint.
      if (!/^Admin .*\n/m.test(text)) continue;
      work(exported(text));
      return;
    }
    throw new Error(`The simulator ${name} did not start.`);
  } finally {
    simulator.kill();
  }
}

/** The assignments of its lines `export A=1 B='2'`. */
function exported(text: string): Environment {
  const lines = text.match(/^export .*$/gm) ?? [];
  const pairs = lines.flatMap((line) => [...line.matchAll(/([A-Z_0-9]+)=(?:'([^']*)'|(\S+))/g)]);
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name!, quoted ?? plain ?? '']));
}
