/** Chooses the base account from those that the connected Business ID can use. */
import { Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Authorization } from '../../../../src/contracts/authorizations.ts';
import { connectionTexts as texts } from '../../../../src/contracts/consent-texts.ts';
import type { BaseAccountView, Connection } from '../../../../src/contracts/consents.ts';
import { baseAccountsQuery, chooseBaseAccount, takeOver } from '../../../api/authorizations.ts';
import { useChange } from '../../../api/change.ts';
import { isChangedMeanwhile } from '../../../components/changed-meanwhile.tsx';
import { FormDialog } from '../../../components/form-dialog.tsx';
import { LongSelect } from '../../../components/long-list.tsx';
import { Failure, LoadingRows } from '../../../components/states.tsx';
import { useToast } from '../../../components/toast.ts';
import { useTranslation } from '../../../i18n/provider.tsx';
import { useProviderText } from '../../../lib/provider-text.ts';

interface BaseAccountDialogProps {
  readonly authorization: Authorization;
  readonly chosen: Connection['account'];
  readonly onClose: () => void;
}

export function BaseAccountDialog({ authorization, chosen, onClose }: BaseAccountDialogProps) {
  const { t } = useTranslation();
  const say = useProviderText();
  const { id, revision } = authorization;
  const toast = useToast();
  const queries = useQueryClient();
  const accounts = useQuery(baseAccountsQuery(id));
  const [wanted, want] = useState<string | null>(chosen?.id ?? null);
  const save = useChange(chooseBaseAccount(id), {
    onSuccess: () => toast.done(t('authorization.saved')),
    onUpdated: onClose,
    onError: async (error) => {
      if (isChangedMeanwhile(error)) await takeOver(queries, id);
    },
  });
  const usable = accounts.data?.filter(({ problem }) => problem === null) ?? [];
  const [only] = usable.length === 1 ? usable : [];
  const value = wanted ?? only?.id ?? null;
  return (
    <FormDialog
      title={say(texts.choose)}
      isSaving={save.isPending}
      failure={save.error}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault();
        if (value !== null) save.mutate({ revision, account_id: value });
      }}
    >
      <Text fz="sm" c="dimmed">
        {say(texts.chooseDetail)}
      </Text>
      {accounts.isPending && <LoadingRows rows={2} />}
      {accounts.isError && <Failure error={accounts.error} onRetry={() => accounts.refetch()} />}
      {accounts.data?.length === 0 && <Text fz="sm">{say(texts.chooseNone)}</Text>}
      {accounts.data && accounts.data.length > 0 && <Accounts accounts={accounts.data} value={value} onChange={want} />}
    </FormDialog>
  );
}

interface AccountsProps {
  readonly accounts: readonly BaseAccountView[];
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
}

/** Those that cannot be chosen come last, each with its reason. */
function Accounts({ accounts, value, onChange }: AccountsProps) {
  const { t, translate } = useTranslation();
  const say = useProviderText();
  const nameOf = ({ id, name, is_manager }: BaseAccountView) =>
    [name === null ? id : `${name} (${id})`, is_manager ? say(texts.manager) : ''].filter(Boolean).join(' · ');
  const sorted = accounts.toSorted((left, right) => Number(left.problem !== null) - Number(right.problem !== null));
  return (
    <LongSelect
      label={say(texts.account)}
      data-autofocus
      required
      data={sorted.map((account) => ({
        value: account.id,
        label: account.problem ? `${nameOf(account)}${t('list.colon')}${translate(account.problem)}` : nameOf(account),
        disabled: account.problem !== null,
      }))}
      value={value}
      onChange={onChange}
    />
  );
}
