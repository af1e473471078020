/**
 * Checks the architecture:
 *
 *     node scripts/architecture/main.ts                    checks the imports, and that the picture is current
 *     node scripts/architecture/main.ts draw               writes the picture into ARCHITECTURE.md
 *     node scripts/architecture/main.ts measure [folder]   figures of this project, or of another copy of it
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { drawLayers, findViolations, readGraph } from './graph.ts';
import { measure } from './measure.ts';

const PAGE = 'ARCHITECTURE.md';
const [BEGIN, END] = ['<!-- layers -->', '<!-- /layers -->'];

const [command = 'check', folder = '.'] = process.argv.slice(2);
const directory = resolve(folder);
const graph = await readGraph(directory);

if (command === 'measure') {
  const figures = measure(graph, directory);
  for (const [name, value] of [['', ''], ['---', '---'], ...figures]) console.log(`| ${name} | ${value} |`);
} else {
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${PAGE} has no place for the picture: ${BEGIN} … ${END}`);
  const picture = `\n\`\`\`mermaid\n${await drawLayers(graph)}\n\`\`\`\n`;
  const drawn = page.slice(0, before + BEGIN.length) + picture + page.slice(after);
  if (command === 'draw') {
    writeFileSync(PAGE, drawn);
  } else {
    const wrong = findViolations(graph);
    if (drawn !== page) {
      wrong.push(`the picture in ${PAGE} is not that of the source: node scripts/architecture/main.ts draw`);
    }
    for (const line of wrong) console.error(line);
    if (wrong.length > 0) process.exitCode = 1;
  }
}
