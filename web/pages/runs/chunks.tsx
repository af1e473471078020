/** The chunks of a run with LINE's answers. */
import { Text } from '@mantine/core';
import type { RunDocument } from '../../../src/contracts/run.ts';
import { DataTable } from '../../components/data-table.tsx';
import { LineTerm } from '../../components/line-term.tsx';
import { LineStatus } from '../../components/status.tsx';
import { useTranslation } from '../../i18n/provider.tsx';

export function ChunkTable({ chunks }: { chunks: RunDocument['chunks'] }) {
  const { format } = useTranslation();
  return (
    <div className="card">
      <DataTable
        verticalSpacing="xs"
        horizontalSpacing="md"
        rows={chunks}
        rowKey={({ index }) => index}
        columns={[
          { label: 'chunk.index', cell: ({ index }) => index },
          { label: 'chunk.action', from: 's', cell: ({ action }) => <LineTerm constant={action} /> },
          { label: 'chunk.records', isNumeric: true, cell: ({ records }) => format.number(records) },
          { label: 'chunk.size', isNumeric: true, from: 'l', cell: ({ bytes }) => format.bytes(bytes) },
          { label: 'chunk.job', from: 'l', cell: ({ uploadJobId }) => uploadJobId ?? '–' },
          {
            label: 'chunk.status',
            cell: ({ jobStatus, failedType }) => (
              <>
                {jobStatus ? <LineStatus status={jobStatus} /> : '–'}
                {failedType && (
                  <Text fz="xs" component="div">
                    <LineTerm constant={failedType} />
                  </Text>
                )}
              </>
            ),
          },
          {
            label: 'chunk.processed',
            isNumeric: true,
            from: 'm',
            cell: ({ jobStatus, audienceCount }) =>
              jobStatus !== 'FINISHED' || audienceCount === null ? '–' : format.number(audienceCount),
          },
        ]}
      />
    </div>
  );
}
