/** Addresses of the HTTP API. */

/** Below it are all endpoints. */
export const API_PATH = '/api/v1';
