/** The actions on one of LINE's audiences. */
import { ActionIcon, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AdAccountRef, CustomAudience } from '../../../src/contracts/custom-audiences.ts';
import { createLookalike, deleteCustomAudience, renameCustomAudience } from '../../api/custom-audiences.ts';
import { Confirm } from '../../components/confirm.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { NameDialog } from './name-dialog.tsx';

interface AudienceMenuProps {
  readonly account: AdAccountRef;
  readonly audience: CustomAudience;
}

export function AudienceMenu({ account, audience }: AudienceMenuProps) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<'rename' | 'lookalike' | 'delete' | null>(null);
  const close = () => setDialog(null);
  const rename = useMutation(renameCustomAudience(audience.id));
  const lookalike = useMutation(createLookalike);
  const deletion = useMutation(deleteCustomAudience(audience.id));
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('audiences.actions', { name: audience.name })}
          >
            <MoreIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setDialog('rename')}>{t('audiences.rename')}</Menu.Item>
          <Menu.Item onClick={() => setDialog('lookalike')}>{t('audiences.lookalike')}</Menu.Item>
          <Menu.Item c="var(--mantine-color-error)" onClick={() => setDialog('delete')}>
            {t('action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === 'rename' && (
        <NameDialog
          title={t('audiences.rename')}
          name={audience.name}
          action={t('action.save')}
          onClose={close}
          onSubmit={({ name }) => rename.mutateAsync({ ...account, name })}
        />
      )}
      {dialog === 'lookalike' && (
        <NameDialog
          title={t('audiences.lookalike')}
          name={t('audiences.lookalike.name', { name: audience.name })}
          asksRate
          action={t('audiences.lookalike.submit')}
          onClose={close}
          onSubmit={(asked) => lookalike.mutateAsync({ ...account, source_id: audience.id, ...asked })}
        />
      )}
      <Confirm
        opened={dialog === 'delete'}
        onClose={close}
        title={t('audiences.delete.title', { name: audience.name })}
        action={t('action.delete')}
        onConfirm={() => deletion.mutateAsync(account)}
      >
        {t('audiences.delete.detail')}
      </Confirm>
    </>
  );
}
