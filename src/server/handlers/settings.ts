/** Settings of the installation. */
import type { settingEndpoints } from '../../endpoints/settings.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

export const settingHandlers = ({ useCases: { settings } }: Deps): Handlers<typeof settingEndpoints> => ({
  'GET /settings': () => settings.read(),
  'PUT /settings/retention': ({ body, principal }) => settings.write('retention', body, principal),
  'PUT /settings/files': ({ body, principal }) => settings.write('files', body, principal),
  'PUT /settings/network': ({ body, principal }) => settings.write('network', body, principal),
  'PUT /settings/appearance': ({ body, principal }) => settings.write('appearance', body, principal),
});
