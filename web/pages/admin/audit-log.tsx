/** The audit log: who changed what. The filters are in the address. */
import { Anchor, Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ShownAuditEntry } from '../../../src/contracts/audit.ts';
import { auditLogFile, auditLogQuery } from '../../api/audit-log.ts';
import { DataTable } from '../../components/data-table.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { Empty, Failure, LoadingRows } from '../../components/states.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { AuditFilters, filterOf } from './audit-filters.tsx';
import { useAuditText } from './audit-text.ts';

export function AuditLogPage() {
  const { t, format } = useTranslation();
  const { cursor, ...search } = useSearch({ from: '/app/audit-log' });
  const navigate = useNavigate({ from: '/audit-log' });
  const filter = filterOf(search, format.timeZone);
  const log = useQuery(auditLogQuery({ ...filter, cursor }));
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  const isEmpty = log.data?.items.length === 0;
  return (
    <PageLayout
      title={t('nav.auditLog')}
      lead={t('audit.lead')}
      actions={
        <Button
          variant="default"
          title={t('audit.export.hint')}
          renderRoot={(props) => <a href={auditLogFile(filter)} download {...props} />}
        >
          {t('audit.export')}
        </Button>
      }
    >
      <AuditFilters
        key={search.who === undefined ? 'none' : 'some'}
        search={search}
        onChange={(part) =>
          navigate({ search: (before) => ({ ...before, cursor: undefined, ...part }), replace: true })
        }
      />
      {log.isPending && <LoadingRows />}
      {log.isError && <Failure error={log.error} onRetry={() => log.refetch()} />}
      {isEmpty && (
        <Empty
          title={t(isFiltered ? 'audit.noMatch' : 'audit.none')}
          action={
            isFiltered && (
              <Button variant="default" onClick={() => navigate({ search: {} })}>
                {t('list.clear')}
              </Button>
            )
          }
        />
      )}
      {log.data && !isEmpty && (
        <>
          <Entries entries={log.data.items} />
          <Pager
            cursor={cursor}
            next={log.data.next}
            onGo={(next) => navigate({ search: (before) => ({ ...before, cursor: next }) })}
          />
        </>
      )}
    </PageLayout>
  );
}

function Entries({ entries }: { entries: readonly ShownAuditEntry[] }) {
  const { format } = useTranslation();
  const text = useAuditText();
  return (
    <div className="card">
      <DataTable
        verticalSpacing="xs"
        horizontalSpacing="lg"
        rows={entries}
        rowKey={({ id }) => id}
        columns={[
          {
            label: 'log.when',
            from: 'm',
            className: 'one-line',
            cell: ({ at }) => format.dateTime(at),
          },
          { label: 'log.who', from: 'm', cell: ({ actor }) => actor },
          {
            label: 'log.what',
            cell: (entry) => (
              <div title={entry.action}>
                {text.what(entry)}
                <Subject entry={entry} />
                <Text className="below-l" fz="xs" c="dimmed" component="div">
                  <Lines lines={text.detail(entry)} />
                </Text>
                <Text className="below-m" fz="xs" c="dimmed">
                  {format.dateTime(entry.at)} · {entry.actor}
                </Text>
              </div>
            ),
          },
          {
            label: 'audit.detail',
            from: 'l',
            cell: (entry) => (
              <Text fz="xs" c="dimmed" component="div" maw={380}>
                <Lines lines={text.detail(entry)} />
              </Text>
            ),
          },
        ]}
      />
    </div>
  );
}

const Lines = ({ lines }: { lines: readonly string[] }) => lines.map((line) => <div key={line}>{line}</div>);

/** The subject of an entry: its name, or its id when it has no name. */
function Subject({ entry }: { entry: ShownAuditEntry }) {
  const { subject_type: type, subject_id: id, subject_name, subject_exists } = entry;
  const { t } = useTranslation();
  if (type === 'settings') return null;
  const name = subject_name ?? id;
  const link = subject_exists ? pages[type] : undefined;
  return (
    <Text fz="sm" component="div">
      {link ? (
        <Anchor fz="inherit" renderRoot={(props) => <Link {...link(id)} {...props} />}>
          {name}
        </Anchor>
      ) : (
        name
      )}
      {!subject_exists && type in pages && (
        <Text span fz="xs" c="dimmed">
          {' '}
          {t('audit.gone')}
        </Text>
      )}
    </Text>
  );
}

/** The page of each kind of subject. */
const pages: Readonly<Record<string, (id: string) => { to: string; params?: { id: string } }>> = {
  job: (id) => ({ to: '/jobs/$id', params: { id } }),
  authorization: (id) => ({ to: '/authorizations/$id', params: { id } }),
  notification_channel: () => ({ to: '/notifications' }),
  api_token: () => ({ to: '/api-tokens' }),
  user: () => ({ to: '/users' }),
};
