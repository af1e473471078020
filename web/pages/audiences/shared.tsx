/** The audiences that others share with an account. They can only be read. */
import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sharedAudiencesQuery } from '../../api/custom-audiences.ts';
import { Copyable } from '../../components/copyable.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { LineTerm } from '../../components/line-term.tsx';
import { Section } from '../../components/page-layout.tsx';
import { Pager } from '../../components/pager.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { LineStatus } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { formatLineSize } from '../../lib/audience-size.ts';

interface SharedAudiencesProps {
  readonly authorizationId: string;
  /** Part of a name. */
  readonly search: string | undefined;
}

export function SharedAudiences({ authorizationId, search }: SharedAudiencesProps) {
  const { t, format } = useTranslation();
  const [cursor, setCursor] = useState<string>();
  const list = useQuery(sharedAudiencesQuery({ authorization_id: authorizationId, search, cursor }));
  return (
    <Section title={t('audiences.shared')}>
      <Stack gap="sm">
        <Text fz="sm" c="dimmed">
          {t('audiences.shared.hint')}
        </Text>
        {list.isPending && <LoadingRows rows={2} />}
        {list.isError && <Failure error={list.error} onRetry={() => list.refetch()} />}
        {list.data?.items.length === 0 && <Text fz="sm">{t('audiences.none')}</Text>}
        {list.data && list.data.items.length > 0 && (
          <>
            <div className="card">
              <DataTable
                verticalSpacing="sm"
                horizontalSpacing="md"
                rows={list.data.items}
                rowKey={({ id }) => id}
                columns={[
                  {
                    label: 'list.name',
                    className: 'main-column',
                    cell: ({ id, name, type, status, estimated_size }) => (
                      <>
                        <Text fz="sm" fw={550}>
                          {name}
                        </Text>
                        <Text fz="xs" c="dimmed" component="div">
                          <Copyable text={id} />
                        </Text>
                        <Text fz="xs" className="below-xl" component="div">
                          <LineTerm constant={type} isQuiet />
                        </Text>
                        <Text fz="xs" className="below-m" component="div">
                          <LineStatus status={status} isQuiet />{' '}
                          <Text span fz="xs" c="dimmed" ml="sm">
                            {formatLineSize(estimated_size, { t, format })}
                          </Text>
                        </Text>
                      </>
                    ),
                  },
                  {
                    label: 'audiences.owner',
                    className: 'text-column',
                    cell: ({ owner }) =>
                      owner === null ? (
                        '–'
                      ) : (
                        <>
                          <Text fz="sm">{owner.name}</Text>
                          <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                            {owner.id}
                          </Text>
                        </>
                      ),
                  },
                  {
                    label: 'audiences.type',
                    from: 'xl',
                    className: 'text-column',
                    cell: ({ type }) => <LineTerm constant={type} isQuiet />,
                  },
                  {
                    label: 'jobs.status',
                    from: 'm',
                    className: 'text-column',
                    cell: ({ status }) => <LineStatus status={status} isQuiet />,
                  },
                  {
                    label: 'chart.estimate',
                    from: 'm',
                    isNumeric: true,
                    cell: ({ estimated_size }) => formatLineSize(estimated_size, { t, format }),
                  },
                ]}
              />
            </div>
            <Pager cursor={cursor} next={list.data.next} onGo={setCursor} />
          </>
        )}
      </Stack>
    </Section>
  );
}
