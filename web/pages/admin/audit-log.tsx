/** Who changed what. */
import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { auditLogQuery } from '../../api/queries.ts';
import { Page } from '../../components/page.tsx';
import { Pager } from '../../components/pager.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { useSpeech } from '../../i18n/provider.tsx';
import { useAuditWords } from './audit-words.ts';

export function AuditLogPage() {
  const { t, format } = useSpeech();
  const words = useAuditWords();
  const { cursor } = useSearch({ from: '/app/audit-log' });
  const navigate = useNavigate({ from: '/audit-log' });
  const log = useQuery(auditLogQuery(cursor));
  return (
    <Page title={t('nav.auditLog')} lead={t('audit.lead')}>
      {log.isPending && <LoadingRows />}
      {log.isError && <Failure error={log.error} onRetry={() => log.refetch()} />}
      {log.data?.items.length === 0 && <Empty title={t('audit.none')} />}
      {log.data && log.data.items.length > 0 && (
        <>
          <div className="card">
            <Table verticalSpacing="xs" horizontalSpacing="lg">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th visibleFrom="sm">{t('log.when')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('log.who')}</Table.Th>
                  <Table.Th>{t('log.what')}</Table.Th>
                  <Table.Th visibleFrom="md">{t('audit.detail')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {log.data.items.map((entry) => (
                  <Table.Tr key={entry.id}>
                    <Table.Td visibleFrom="sm" style={{ whiteSpace: 'nowrap' }}>
                      {format.dateTime(entry.at)}
                    </Table.Td>
                    <Table.Td visibleFrom="sm" style={{ overflowWrap: 'anywhere' }}>
                      {entry.actor}
                    </Table.Td>
                    <Table.Td style={{ overflowWrap: 'anywhere' }} title={entry.action}>
                      {words.what(entry)}
                      <Text hiddenFrom="md" fz="xs" c="dimmed">
                        {words.detail(entry).join(' · ')}
                      </Text>
                      <Text hiddenFrom="sm" fz="xs" c="dimmed">
                        {format.dateTime(entry.at)} · {entry.actor}
                      </Text>
                    </Table.Td>
                    <Table.Td visibleFrom="md" maw={420}>
                      <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                        {words.detail(entry).join(' · ')}
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
          <Pager
            cursor={cursor}
            next={log.data.next}
            onGo={(next) => navigate({ search: { cursor: next } })}
          />
        </>
      )}
    </Page>
  );
}
