/** Request bodies. As Google's APIs do, the simulator refuses a field that the API does not have, also a nested one. */
import { RefusalError } from './refusals.ts';

/** The fields of an object. `anything`: the simulator does not look into it. */
type Shape = { readonly [field: string]: Shape | 'anything' };

const table: Shape = { projectId: 'anything', datasetId: 'anything', tableId: 'anything' };

/** The parts of a job that a client may write, by the reference of jobs.insert. */
export const jobShape: Shape = {
  jobReference: { projectId: 'anything', jobId: 'anything', location: 'anything' },
  configuration: {
    jobType: 'anything',
    dryRun: 'anything',
    jobTimeoutMs: 'anything',
    labels: 'anything',
    maxSlots: 'anything',
    reservation: 'anything',
    copy: 'anything',
    extract: 'anything',
    load: 'anything',
    query: {
      query: 'anything',
      destinationTable: table,
      defaultDataset: { projectId: 'anything', datasetId: 'anything' },
      allowLargeResults: 'anything',
      clustering: 'anything',
      connectionProperties: 'anything',
      continuous: 'anything',
      createDisposition: 'anything',
      createSession: 'anything',
      destinationEncryptionConfiguration: 'anything',
      externalTableDefinitions: 'anything',
      flattenResults: 'anything',
      maximumBillingTier: 'anything',
      maximumBytesBilled: 'anything',
      parameterMode: 'anything',
      preserveNulls: 'anything',
      priority: 'anything',
      queryParameters: 'anything',
      rangePartitioning: 'anything',
      schemaUpdateOptions: 'anything',
      scriptOptions: 'anything',
      systemVariables: 'anything',
      timePartitioning: 'anything',
      useLegacySql: 'anything',
      useQueryCache: 'anything',
      userDefinedFunctionResources: 'anything',
      writeDisposition: 'anything',
      writeIncrementalResults: 'anything',
    },
  },
  // What an answer of the API has, too.
  etag: 'anything',
  id: 'anything',
  jobCreationReason: 'anything',
  kind: 'anything',
  principal_subject: 'anything',
  selfLink: 'anything',
  statistics: 'anything',
  status: 'anything',
  user_email: 'anything',
};

export const permissionsShape: Shape = { permissions: 'anything' };

/**
 * The body of a request.
 * @param name of the body in the reference, for the error; empty when it has none
 * @throws {RefusalError} 400
 */
export function readBody<T>(body: string, shape: Shape, name: string): T {
  const value = parsed(body);
  refuseUnknown(value, shape, name);
  return value as T;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalid('Unexpected token.');
  }
}

function refuseUnknown(value: unknown, shape: Shape, place: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`Invalid value${at(place)}.`);
  for (const [field, inner] of Object.entries(value)) {
    const known = Object.hasOwn(shape, field) ? shape[field]! : undefined;
    if (known === undefined) throw invalid(`Unknown name "${field}"${at(place)}: Cannot find field.`);
    if (known !== 'anything') refuseUnknown(inner, known, place === '' ? field : `${place}.${field}`);
  }
}

const at = (place: string): string => (place === '' ? '' : ` at '${place}'`);

const invalid = (problem: string): RefusalError =>
  new RefusalError(400, 'badRequest', `Invalid JSON payload received. ${problem}`);
