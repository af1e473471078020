/** Libraries that an installation may leave out: docs/sources-bigquery.md. */
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';

/**
 * Loads a package that an installation may leave out.
 * @param cloud what it is for
 * @param names what npm installs
 * @throws {LineupError} `source_unsupported`, with the command that installs it
 */
export async function optionalPart<T>(cloud: string, load: () => Promise<T>, names: string): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (Object(error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new LineupError(
      'source_unsupported',
      sentence`This installation was made without the parts for ${cloud}. Install them with: npm install ${names}`,
    );
  }
}
