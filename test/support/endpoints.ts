/** All endpoints of the HTTP API, from all files of `src/endpoints`. */
import { readdirSync } from 'node:fs';
import type { Endpoint, EndpointTable } from '../../src/endpoints/endpoint.ts';

const folder = new URL('../../src/endpoints/', import.meta.url);

/** The files with endpoints; the others have types. */
export const endpointFiles = readdirSync(folder).filter((file) => !['endpoint.ts', 'index.ts'].includes(file));

const modules: object[] = await Promise.all(endpointFiles.map((file) => import(new URL(file, folder).href)));

export const allEndpoints: readonly (readonly [key: string, endpoint: Endpoint])[] = modules
  .flatMap((module) => Object.values(module) as EndpointTable[])
  .flatMap((table) => Object.entries(table));
