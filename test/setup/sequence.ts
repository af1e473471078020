/** The order of the files: by kind, so that a worker keeps what it has loaded and opened; and the longest ones first. */
import { statSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { type Kind, kinds } from './needs.ts';

export default class ByKind extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = files.map((file) => ({
      file,
      kind: kinds.indexOf(file.project.name as Kind),
      size: statSync(file.moduleId).size,
    }));
    return sorted.sort((a, b) => a.kind - b.kind || b.size - a.size).map(({ file }) => file);
  }
}
