/** Settings of the installation. Each section has an endpoint, so that each has its own schema in the reference. */
import { type SettingSection, settingSections, settingsView } from '../contracts/settings.ts';
import { type Endpoint, endpoint, ok } from './endpoint.ts';

const changeSection = <Section extends SettingSection>(section: Section) =>
  endpoint({
    operationId: `change${section[0]?.toUpperCase()}${section.slice(1)}Settings`,
    tag: 'Settings',
    summary: `Change the settings: ${section}`,
    access: 'settings.write',
    body: settingSections[section],
    response: ok(settingsView),
  });

const sections = {
  'PUT /settings/retention': changeSection('retention'),
  'PUT /settings/files': changeSection('files'),
  'PUT /settings/network': changeSection('network'),
  'PUT /settings/appearance': changeSection('appearance'),
} satisfies Record<`PUT /settings/${SettingSection}`, Endpoint>;

export const settingEndpoints = {
  'GET /settings': endpoint({
    operationId: 'getSettings',
    tag: 'Settings',
    summary: 'Show the settings',
    access: 'settings.read',
    response: ok(settingsView),
  }),
  ...sections,
};
