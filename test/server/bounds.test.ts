/** Every value from a client has a limit: each text, list and table of every route, and the depth of nesting. */
import type { OpenAPIV3_1 } from 'openapi-types';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { mainDatabase } from '../support/databases.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { tokens, useCases } from '../support/use-cases.ts';
import { answers } from './answers.ts';

let server: TestServer;
let close: () => Promise<void>;

beforeAll(async () => {
  const database = await mainDatabase.migrated();
  server = await testServer(database.database, useCases(answers()));
  await server.app.ready();
  close = async () => {
    await server.app.close();
    await database.drop();
  };
});
afterAll(() => close());

interface Schema {
  readonly type?: string | string[];
  readonly format?: string;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly anyOf?: Schema[];
  readonly oneOf?: Schema[];
  readonly allOf?: Schema[];
}

/** The places in a schema without a limit. */
function boundless(schema: Schema, path: string): string[] {
  const { properties = {}, additionalProperties: further, items } = schema;
  const fixed = schema.enum !== undefined || schema.const !== undefined || schema.format === 'binary';
  const found: string[] = [];
  if (schema.type === 'string' && !fixed && schema.maxLength === undefined) found.push(path);
  if (schema.type === 'array' && schema.maxItems === undefined) found.push(`${path}[]`);
  if (items) found.push(...boundless(items, `${path}[]`));
  for (const [key, inner] of Object.entries(properties)) found.push(...boundless(inner, `${path}.${key}`));
  if (typeof further === 'object') {
    found.push(...boundless(schema.propertyNames ?? { type: 'string' }, `${path}{}`));
    found.push(...boundless(further, `${path}{}`));
  }
  for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) {
    found.push(...boundless(part, path));
  }
  return found;
}

test('every text, list and table of a request has a limit', () => {
  const { paths = {} } = server.app.swagger() as unknown as OpenAPIV3_1.Document;
  const found: string[] = [];
  let looked = 0;
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods ?? {})) {
      const { parameters = [], requestBody } = operation as OpenAPIV3_1.OperationObject;
      const name = `${method.toUpperCase()} ${path}`;
      for (const parameter of parameters as OpenAPIV3_1.ParameterObject[]) {
        looked += 1;
        found.push(...boundless(parameter.schema as Schema, `${name} ${parameter.name}`));
      }
      for (const { schema } of Object.values((requestBody as OpenAPIV3_1.RequestBodyObject)?.content ?? {})) {
        looked += 1;
        found.push(...boundless(schema as Schema, name));
      }
    }
  }
  expect(looked).toBeGreaterThan(60);
  expect(found).toEqual([]);
});

const post = (url: string, payload: string) =>
  server.app.inject({
    method: 'POST',
    url: `/api/v1${url}`,
    headers: { authorization: `Bearer ${tokens.editor}`, 'content-type': 'application/json' },
    payload,
  });

test('an audience id of 10,001 characters is reported at its key, in every request', async () => {
  const segment_id = 'x'.repeat(10_001);
  const message = 'Use at most 10,000 characters.';
  const body = JSON.stringify({ segment_id, id_field: 'email', identifier_type: 'email' });
  expect((await post('/sources/preview', body)).json()).toMatchObject({
    code: 'invalid_argument',
    errors: [{ path: 'segment_id', message }],
  });
  const answer = await server.app.inject({
    url: `/api/v1/sources/fields?segment_id=${segment_id}`,
    headers: { authorization: `Bearer ${tokens.viewer}` },
  });
  expect(answer.json()).toMatchObject({ errors: [{ path: 'segment_id', message }] });
});

test('a body nested as deep as it is long is refused, and its path is not repeated endlessly', async () => {
  const depth = 60_000;
  const wide = Array.from({ length: 10_000 }, () => '"\\u0000"').join();
  const deep = await post('/session', `{"email":${'['.repeat(depth)}${wide}${']'.repeat(depth)}}`);
  expect(deep.statusCode).toBe(400);
  expect(deep.json().errors).toHaveLength(1);
  expect(deep.json().errors[0].message).toBe('This is nested too deeply.');

  const many = await post('/session', `{"email":[${wide}]}`);
  expect(many.json().errors).toHaveLength(20);
  expect(many.json().errors[0].message).toBe('This contains a character that cannot be stored. Type it again.');
});

test('a person has two previews at a time, with however many tokens', async () => {
  const given = answers();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const begun: string[] = [];
  given.apiTokens.authenticate = async (token) => {
    const [person = '', name = ''] = token.reveal().replace('lineup_', '').split('-');
    return { id: name, person, name, role: 'editor' };
  };
  const { preview } = given.sources;
  given.sources.preview = async (caller, ...others) => {
    begun.push(caller.id);
    await ended;
    return preview!(caller, ...others);
  };
  const database = await mainDatabase.migrated();
  const { app } = await testServer(database.database, useCases(given));
  onTestFinished(async () => {
    await app.close();
    await database.drop();
  });
  const ask = (token: string) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/sources/preview',
      headers: { authorization: `Bearer lineup_${token}` },
      payload: { segment_id: 'vip', id_field: 'email', identifier_type: 'email' },
    });
  const asked = ['aiko-one', 'aiko-two', 'aiko-three', 'ben-one'].map(ask);
  await expect.poll(() => begun).toContain('one');
  await expect.poll(() => begun.length).toBe(3);
  expect(begun.filter((name) => name === 'one')).toHaveLength(2);
  end();
  expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  expect(begun).toHaveLength(4);
});
