/** Settings of the installation. */
import { type SettingSection, settingSections, settingsView } from '../../contracts/settings.ts';
import type { App, Deps } from './routes.ts';

const tags = ['Settings'];
const sections = Object.keys(settingSections) as SettingSection[];

export function settingRoutes(app: App, { service }: Deps): void {
  app.get(
    '/settings',
    {
      config: { access: 'settings.read' },
      schema: {
        operationId: 'getSettings',
        tags,
        summary: 'Show the settings',
        response: { 200: settingsView },
      },
    },
    () => service.settings.read(),
  );

  // A route a section, so that each has its own schema in the reference.
  for (const section of sections) {
    app.put(
      `/settings/${section}`,
      {
        config: { access: 'settings.write' },
        schema: {
          operationId: `change${section[0]?.toUpperCase()}${section.slice(1)}Settings`,
          tags,
          summary: `Change the settings: ${section}`,
          body: settingSections[section],
          response: { 200: settingsView },
        },
      },
      ({ body, principal }) => service.settings.write(section, body, principal),
    );
  }
}
