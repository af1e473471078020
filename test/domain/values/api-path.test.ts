import { expect, test } from 'vitest';
import { apiRequest } from '../../../src/domain/values/api-path.ts';

test('the key of an endpoint gives the path of a request', () => {
  expect(apiRequest('GET /jobs')).toEqual({ method: 'GET', path: '/api/v1/jobs' });
  expect(apiRequest('POST /jobs/:id/actions/:action', { params: { id: 'job_1', action: 'pause' } })).toEqual({
    method: 'POST',
    path: '/api/v1/jobs/job_1/actions/pause',
  });
});

test('a parameter stays within its part of the path', () => {
  expect(apiRequest('DELETE /jobs/:id', { params: { id: '../users/a?b#c' } }).path).toBe(
    '/api/v1/jobs/..%2Fusers%2Fa%3Fb%23c',
  );
});

test('a list is sent as one parameter for each item, and missing values are left out', () => {
  const query = { status: ['failed', 'stopped'], limit: 50, search: 'a & b', cursor: undefined };
  expect(apiRequest('GET /runs', { query }).path).toBe(
    '/api/v1/runs?status=failed&status=stopped&limit=50&search=a+%26+b',
  );
});
