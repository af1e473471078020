/** The chunks of a run with LINE's answers. */
import { Table, Text } from '@mantine/core';
import type { RunDocument } from '../../../src/contracts/run.ts';
import { LineTerm } from '../../components/line-term.tsx';
import { LineStatus } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export function ChunkTable({ chunks }: { chunks: RunDocument['chunks'] }) {
  const { t, format } = useTranslation();
  return (
    <div className="card" style={{ overflowX: 'auto' }}>
      <Table verticalSpacing="xs" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('chunk.index')}</Table.Th>
            <Table.Th visibleFrom="xs">{t('chunk.action')}</Table.Th>
            <Table.Th ta="right">{t('chunk.records')}</Table.Th>
            <Table.Th visibleFrom="lg" ta="right">
              {t('chunk.size')}
            </Table.Th>
            <Table.Th visibleFrom="lg">{t('chunk.job')}</Table.Th>
            <Table.Th>{t('chunk.status')}</Table.Th>
            <Table.Th visibleFrom="md" ta="right">
              {t('chunk.processed')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {chunks.map((chunk) => (
            <Table.Tr key={chunk.index}>
              <Table.Td>{chunk.index}</Table.Td>
              <Table.Td visibleFrom="xs">
                <LineTerm constant={chunk.action} />
              </Table.Td>
              <Table.Td className="numbers">{format.number(chunk.records)}</Table.Td>
              <Table.Td visibleFrom="lg" className="numbers">
                {format.bytes(chunk.bytes)}
              </Table.Td>
              <Table.Td visibleFrom="lg">{chunk.uploadJobId ?? '–'}</Table.Td>
              <Table.Td>
                {chunk.jobStatus ? <LineStatus status={chunk.jobStatus} /> : '–'}
                {chunk.failedType && (
                  <Text fz="xs" component="div">
                    <LineTerm constant={chunk.failedType} />
                  </Text>
                )}
              </Table.Td>
              <Table.Td visibleFrom="md" className="numbers">
                {chunk.jobStatus !== 'FINISHED' || chunk.audienceCount === null
                  ? '–'
                  : format.number(chunk.audienceCount)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
