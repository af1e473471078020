/** The names of the endpoints, as faults and the request log use them. */
export const endpointNames = [
  'list',
  'upload',
  'upload-jobs',
  'overlap',
  'rename',
  'create',
  'delete',
  'ad-accounts',
  'link-requests',
  'link',
  'cancel',
  'unlink',
] as const;

export type EndpointName = (typeof endpointNames)[number];
