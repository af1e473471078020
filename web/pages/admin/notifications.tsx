/** The notification channels. */
import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Channel } from '../../../src/contracts/notifications.ts';
import { useChange } from '../../api/change.ts';
import { channelsQuery, deleteChannel, testChannel } from '../../api/notification-channels.ts';
import { Confirm } from '../../components/confirm.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { PlusIcon } from '../../components/icons.tsx';
import { OneTime } from '../../components/one-time.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { useToast } from '../../components/toast.ts';
import { WarningLine } from '../../components/warning-line.tsx';
import { When } from '../../components/when.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { ChannelDialog } from './channel-dialog.tsx';

export function NotificationsPage() {
  const { t } = useTranslation();
  const { may } = useMe();
  const channels = useQuery(channelsQuery);
  const [adding, setAdding] = useState(false);
  const [signingKey, setSigningKey] = useState<string | null>(null);
  const add = may('notifications.write') && (
    <Button leftSection={<PlusIcon />} onClick={() => setAdding(true)}>
      {t('channel.new')}
    </Button>
  );
  return (
    <PageLayout title={t('nav.notifications')} lead={t('channel.lead')} actions={channels.data?.length !== 0 && add}>
      {channels.isPending && <LoadingRows rows={3} />}
      {channels.isError && <Failure error={channels.error} onRetry={() => channels.refetch()} />}
      {channels.data?.length === 0 && (
        <Empty title={t('channel.none')} action={add}>
          {t('channel.none.detail')}
        </Empty>
      )}
      {channels.data && channels.data.length > 0 && (
        <ChannelTable channels={channels.data} onSigningKey={setSigningKey} />
      )}
      {adding && (
        <ChannelDialog
          onClose={() => setAdding(false)}
          onSaved={(key) => {
            setAdding(false);
            setSigningKey(key);
          }}
        />
      )}
      {signingKey && (
        <OneTime
          title={t('channel.signingKey')}
          detail={t('channel.signingKey.detail')}
          secret={signingKey}
          onClose={() => setSigningKey(null)}
        />
      )}
    </PageLayout>
  );
}

interface ChannelTableProps {
  readonly channels: readonly Channel[];
  readonly onSigningKey: (key: string | null) => void;
}

function ChannelTable({ channels, onSigningKey }: ChannelTableProps) {
  const { t, translate } = useTranslation();
  const toast = useToast();
  const { may } = useMe();
  const [editing, setEditing] = useState<Channel | null>(null);
  const [deleting, setDeleting] = useState<Channel | null>(null);
  const test = useChange(testChannel, {
    onSuccess: ({ ok, ...message }) =>
      ok ? toast.done(t('channel.test.ok')) : toast.warn(t('channel.test.failed'), message),
    onError: toast.failed,
  });
  const deletion = useMutation(deleteChannel);
  return (
    <div className="card">
      <DataTable
        verticalSpacing="sm"
        horizontalSpacing="lg"
        rows={channels}
        rowKey={({ id }) => id}
        columns={[
          {
            label: 'channel.label',
            cell: (channel) => (
              <>
                <Text fz="sm" fw={550}>
                  {channel.label}
                </Text>
                <Text fz="xs" c="dimmed">
                  {channel.target}
                </Text>
                {channel.last_error && (
                  <WarningLine isSmall mt={4}>
                    <Text fz="xs">
                      {translate({ message: channel.last_error, sentence: channel.last_error_sentence })}
                    </Text>
                  </WarningLine>
                )}
              </>
            ),
          },
          { label: 'channel.kind', from: 'm', cell: ({ kind }) => t(`channel.kind.${kind}`) },
          {
            label: 'channel.events',
            from: 'l',
            cell: ({ events }) => (
              <Text fz="sm" maw={280}>
                {events.map((event) => t(`event.${event}`)).join(t('list.comma'))}
              </Text>
            ),
          },
          {
            label: 'channel.lastSent',
            from: 'm',
            cell: ({ last_sent_at }) => (last_sent_at ? <When at={last_sent_at} /> : t('authorization.never')),
          },
          may('notifications.write') && {
            label: 'job.more',
            isLabelHidden: true,
            cell: (channel) => (
              <Group gap={6} justify="flex-end" className="row-actions">
                <RowButton
                  label={t('channel.test')}
                  channel={channel}
                  loading={test.isPending && test.variables === channel.id}
                  onClick={() => test.mutate(channel.id)}
                />
                <RowButton label={t('action.edit')} channel={channel} onClick={() => setEditing(channel)} />
                <RowButton label={t('action.delete')} channel={channel} onClick={() => setDeleting(channel)} />
              </Group>
            ),
          },
        ]}
      />
      {editing && (
        <ChannelDialog
          channel={editing}
          onClose={() => setEditing(null)}
          onSaved={(key) => {
            setEditing(null);
            onSigningKey(key);
          }}
        />
      )}
      <Confirm
        opened={deleting !== null}
        onClose={() => setDeleting(null)}
        title={t('action.delete.title', { name: deleting?.label ?? '' })}
        action={t('action.delete')}
        onConfirm={() => deletion.mutateAsync(deleting?.id ?? '')}
      >
        {t('channel.delete.detail')}
      </Confirm>
    </div>
  );
}

interface RowButtonProps {
  readonly label: string;
  readonly channel: Channel;
  readonly loading?: boolean;
  readonly onClick: () => void;
}

function RowButton({ label, channel, ...button }: RowButtonProps) {
  const { t } = useTranslation();
  return (
    <Button size="xs" variant="default" aria-label={`${label}${t('list.colon')}${channel.label}`} {...button}>
      {label}
    </Button>
  );
}
