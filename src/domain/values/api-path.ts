/** The method and path of a request to the HTTP API, made from the key of an endpoint, for example `GET /jobs/:id`. */

/** The prefix of all endpoints. */
export const API_PATH = '/api/v1';

/** A list sends its key once per item. */
type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

interface ApiRequestInput {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Query;
}

export interface ApiRequest {
  readonly method: string;
  /** The path and the query, without scheme and host. */
  readonly path: string;
}

export function apiRequest(key: string, { params = {}, query = {} }: ApiRequestInput = {}): ApiRequest {
  const [method = '', pattern = ''] = key.split(' ');
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((item) => [name, String(item)]),
  );
  return { method, path: `${API_PATH}${path}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}` };
}
