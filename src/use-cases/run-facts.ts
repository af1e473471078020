/** What the request of a run keeps of its surroundings: they may change before the run continues. */
import { destinations, hasHeadings } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { countryOfInstallation } from '../domain/values/installation-country.ts';
import type { RunFacts } from '../jobs/worker.ts';
import { revealConfiguration } from '../store/repositories/authorizations.ts';
import { getJob } from '../store/repositories/jobs.ts';
import type { UseCaseDeps } from './deps.ts';
import { knownLivesOf, renewalsFor } from './renewals.ts';
import { readSettings } from './settings.ts';

type FactsDeps = Pick<UseCaseDeps, 'db' | 'box'>;

export async function factsOfRun(deps: FactsDeps & Pick<UseCaseDeps, 'now'>, jobId: string): Promise<RunFacts> {
  const job = await getJob(deps.db, jobId);
  const { type, authorizationId } = job;
  const country = countryOfInstallation((await readSettings(deps.db)).appearance);
  const traits = destinations.find(({ jobType }) => jobType === type);
  if (!traits) return { country };
  return {
    country,
    ...(hasHeadings(traits) && { authorizationId, omitsHeadings: await omitsHeadings(deps, authorizationId) }),
    ...(traits.lifeDays !== null && {
      renewals: renewalsFor(job, deps.now(), await knownLivesOf(deps.db, job)),
    }),
  };
}

/** Whether an authorization leaves out the headings of files, as its form has it. */
export async function omitsHeadings({ db, box }: FactsDeps, authorizationId: string): Promise<boolean> {
  try {
    const configuration = (await revealConfiguration(db, box, authorizationId)).reveal();
    return configuration.column_headings === 'omit';
  } catch (error) {
    // Without its credentials nothing is sent, and the run says so.
    if (error instanceof LineupError) return false;
    throw error;
  }
}
