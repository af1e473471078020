/**
 * The order of the files: by kind, so that a worker keeps what it has loaded and opened. Within a kind, Vitest’s own
 * order, the longest first.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { type Kind, kinds } from './needs.ts';

export default class ByKind extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Projects of no kind test further servers: they come behind the other databases, one server after the other.
    const kindOf = ({ project }: TestSpecification): number =>
      kinds.indexOf(kinds.includes(project.name as Kind) ? (project.name as Kind) : 'database');
    return (await super.sort(files)).sort(
      (a, b) => kindOf(a) - kindOf(b) || a.project.name.localeCompare(b.project.name),
    );
  }
}
