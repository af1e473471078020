/** All keys of the app, and the switch that turns off those without Ctrl. */
import { Stack, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { hasSingleKeys, isMac, keepSingleKeys } from '../lib/pressed-keys.ts';
import { commands, shown } from '../lib/shortcuts.ts';
import { Dialog } from './dialog.tsx';

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [isOn, setOn] = useState(hasSingleKeys);
  return (
    <Dialog title={t('shortcuts')} onClose={onClose}>
      <Stack gap="md">
        <dl className="shortcuts">
          {commands.map((command) => (
            <div key={command}>
              <dt>{t(`shortcuts.${command}`)}</dt>
              <dd>
                {shown[command].map((key) => (
                  <kbd key={key}>{key === 'Mod' ? (isMac() ? '⌘' : 'Ctrl') : key}</kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
        <Switch
          label={t('shortcuts.single')}
          description={t('shortcuts.single.hint')}
          checked={isOn}
          onChange={({ currentTarget: { checked } }) => {
            setOn(checked);
            keepSingleKeys(checked);
          }}
        />
      </Stack>
    </Dialog>
  );
}
