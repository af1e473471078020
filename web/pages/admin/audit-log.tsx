/** Who changed what. */
import { Code, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { auditLogQuery } from '../../api/queries.ts';
import { Page } from '../../components/page.tsx';
import { Pager } from '../../components/pager.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { useSpeech } from '../../i18n/provider.tsx';

export function AuditLogPage() {
  const { t, format } = useSpeech();
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
                  <Table.Th>{t('log.when')}</Table.Th>
                  <Table.Th visibleFrom="sm">{t('log.who')}</Table.Th>
                  <Table.Th>{t('log.what')}</Table.Th>
                  <Table.Th visibleFrom="md">{t('audit.detail')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {log.data.items.map((entry) => (
                  <Table.Tr key={entry.id}>
                    <Table.Td>
                      {format.dateTime(entry.at)}
                      <Text hiddenFrom="sm" fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                        {entry.actor}
                      </Text>
                    </Table.Td>
                    <Table.Td visibleFrom="sm" style={{ overflowWrap: 'anywhere' }}>
                      {entry.actor}
                    </Table.Td>
                    <Table.Td style={{ overflowWrap: 'anywhere' }}>
                      <Code fz={12}>{entry.action}</Code>
                    </Table.Td>
                    <Table.Td visibleFrom="md" maw={420}>
                      <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                        {tellDetail(entry.detail)}
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

const tellDetail = (detail: Record<string, unknown>): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name}: ${tellValue(value)}`)
    .join(', ');

const tellValue = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map(tellValue).join(' ');
  return typeof value === 'string' ? value : JSON.stringify(value);
};
