/** Language, and light or dark. */
import { ActionIcon, Group, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import type { Language } from '../i18n/messages.ts';
import { languages, useSpeech } from '../i18n/provider.tsx';
import { GlobeIcon, MoonIcon, SunIcon } from './icons.tsx';

export function Preferences() {
  const { t, language, setLanguage } = useSpeech();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  return (
    <Group gap={4} wrap="nowrap">
      <Menu position="top-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('nav.language')}>
            <GlobeIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {(Object.entries(languages) as [Language, string][]).map(([code, name]) => (
            <Menu.Item
              key={code}
              lang={code}
              fw={code === language ? 650 : undefined}
              aria-current={code === language}
              onClick={() => setLanguage(code)}
            >
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t(scheme === 'dark' ? 'nav.light' : 'nav.dark')}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        {scheme === 'dark' ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
    </Group>
  );
}
