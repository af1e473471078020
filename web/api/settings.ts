/** Settings of the installation. */
import { mutationOptions, queryOptions } from '@tanstack/react-query';
import type { SettingChanges, SettingSection, SettingsView } from '../../src/contracts/settings.ts';
import { refresh } from './change.ts';
import { call } from './client.ts';

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => call('GET /settings', { signal }),
});

const senders: { readonly [Section in SettingSection]: (body: SettingChanges[Section]) => Promise<SettingsView> } = {
  retention: (body) => call('PUT /settings/retention', { body }),
  files: (body) => call('PUT /settings/files', { body }),
  network: (body) => call('PUT /settings/network', { body }),
  appearance: (body) => call('PUT /settings/appearance', { body }),
  alerts: (body) => call('PUT /settings/alerts', { body }),
  mail: (body) => call('PUT /settings/mail', { body }),
};

export const changeSettings = <Section extends SettingSection>(section: Section) =>
  mutationOptions({
    mutationFn: (body: SettingChanges[Section]) => senders[section](body),
    onSuccess: async (saved, _, __, { client }) => {
      client.setQueryData(settingsQuery.queryKey, saved);
      // Other folders contain other audiences.
      await refresh(client, 'sources');
      // The answer about the signed-in person includes the time zone of all times on the page, and the alert rules.
      if (section === 'appearance' || section === 'alerts') await refresh(client, 'me');
      if (section === 'mail') await refresh(client, 'notification-channels');
    },
  });
