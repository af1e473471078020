/** The actions on one of LINE's audiences. */
import { ActionIcon } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AdAccountRef, CustomAudience } from '../../../src/contracts/custom-audiences.ts';
import { useChange, useChanges } from '../../api/change.ts';
import { createLookalike, deleteCustomAudience, renameCustomAudience } from '../../api/custom-audiences.ts';
import { Confirm } from '../../components/confirm.tsx';
import { MoreIcon } from '../../components/icons.tsx';
import { LaterMenu } from '../../components/later-menu.tsx';
import { useToast } from '../../components/toast.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';

const nameDialog = later(() => import('./name-dialog.tsx'));

interface AudienceMenuProps {
  readonly account: AdAccountRef;
  readonly audience: CustomAudience;
  readonly hasLookalikes: boolean;
}

export function AudienceMenu({ account, audience, hasLookalikes }: AudienceMenuProps) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<'rename' | 'lookalike' | 'delete' | null>(null);
  const close = () => setDialog(null);
  const part = useLater(nameDialog, dialog === 'rename' || dialog === 'lookalike');
  const toast = useToast();
  const change = useChanges();
  const rename = useChange(renameCustomAudience(audience.id), {
    onSuccess: () =>
      toast.done(t('audiences.renamed'), () =>
        change(renameCustomAudience(audience.id), { ...account, name: audience.name }),
      ),
  });
  const lookalike = useMutation(createLookalike);
  const deletion = useMutation(deleteCustomAudience(audience.id));
  return (
    <>
      <LaterMenu
        position="bottom-end"
        width={200}
        items={[
          { key: 'rename', label: t('audiences.rename'), onClick: () => setDialog('rename') },
          ...(hasLookalikes
            ? [{ key: 'lookalike', label: t('audiences.lookalike'), onClick: () => setDialog('lookalike') }]
            : []),
          {
            key: 'delete',
            label: t('action.delete'),
            isDangerous: true,
            refusal: audience.used_by[0] && t('audiences.delete.used', { job: audience.used_by[0].name }),
            onClick: () => setDialog('delete'),
          },
        ]}
        button={(props) => (
          <ActionIcon variant="subtle" color="gray" aria-label={t('list.actions', { name: audience.name })} {...props}>
            <MoreIcon />
          </ActionIcon>
        )}
      />
      {dialog === 'rename' && part && (
        <part.NameDialog
          title={t('audiences.rename')}
          name={audience.name}
          action={t('action.save')}
          onClose={close}
          onSubmit={({ name }) => rename.mutateAsync({ ...account, name })}
        />
      )}
      {dialog === 'lookalike' && part && (
        <part.NameDialog
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
        title={t('action.delete.title', { name: audience.name })}
        action={t('action.delete')}
        onConfirm={() => deletion.mutateAsync(account)}
      >
        {t('audiences.delete.detail')}
      </Confirm>
    </>
  );
}
