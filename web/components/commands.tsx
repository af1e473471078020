/** The button and the keys that open the command palette and the list of shortcuts. Their code is loaded later. */
import { UnstyledButton } from '@mantine/core';
import { useLayoutEffect, useState } from 'react';
import { useTranslation } from '../i18n/provider.tsx';
import { later, useLater } from '../lib/later.ts';
import { hasSingleKeys, isMac, takesKeys } from '../lib/pressed-keys.ts';
import { commandOf } from '../lib/shortcuts.ts';

const laterPalette = later(() => import('./palette.tsx'));
const laterShortcuts = later(() => import('./shortcuts-dialog.tsx'));

export function Commands() {
  const { t } = useTranslation();
  const [shown, show] = useState<'palette' | 'help' | null>(null);
  const palette = useLater(laterPalette, shown === 'palette');
  const shortcuts = useLater(laterShortcuts, shown === 'help');
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const command = commandOf(event, takesKeys(event.target as Element | null), hasSingleKeys());
      if (event.defaultPrevented || (command !== 'palette' && command !== 'help')) return;
      event.preventDefault();
      // Over a dialog there would be two.
      if (document.querySelector('[role="dialog"][aria-modal="true"]')) return;
      show(command);
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  const close = () => show(null);
  return (
    <>
      <UnstyledButton className="palette-button" aria-haspopup="dialog" onClick={() => show('palette')}>
        {t('palette.open')}
        <span aria-hidden="true" className="key">
          {isMac() ? '⌘K' : 'Ctrl K'}
        </span>
      </UnstyledButton>
      {palette && <palette.Palette onClose={close} onHelp={() => show('help')} />}
      {shortcuts && <shortcuts.ShortcutsDialog onClose={close} />}
    </>
  );
}
