/** Chooses the source of members, its audience, and how a file of it is read. For any form that has a source. */

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { SampleRequest } from '../../src/contracts/sources.ts';
import type { FileOptions } from '../../src/domain/files/file-options.ts';
import { sourcesQuery } from '../api/sources.ts';
import { Select } from '../components/select.tsx';
import type { InputProps } from '../forms/input-props.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { later, useLater } from '../lib/later.ts';
import { useMe } from '../lib/me.ts';
import { FileAudience } from './file-audience.tsx';
import { FilePath } from './file-path.tsx';
import type { ChosenSource, ReadSource } from './read-source.ts';
import { SourceAudienceSelect } from './source-audience.tsx';

interface SourceChoiceProps {
  readonly chosen: ChosenSource;
  /** The name of the chosen audience. */
  readonly name: string;
  readonly source: ReadSource;
  readonly inputs: {
    readonly source: InputProps;
    readonly audience: InputProps;
    readonly option: (name: keyof FileOptions) => InputProps;
  };
  /** Whether the source is read again later, so that an uploaded file must be kept. */
  readonly isScheduled: boolean;
  /** For an example of the file's values; null without a field. */
  readonly sample: SampleRequest | null;
  readonly addSource?: ReactNode;
  /** @param authorizationId empty for files */
  readonly onSource: (authorizationId: string) => void;
  readonly onAudience: (id: string, name: string) => void;
  /** Another sheet of the same workbook. */
  readonly onSheet: (id: string) => void;
  readonly onOptions: (options: FileOptions) => void;
  /** Something else becomes of the uploaded file. */
  readonly onPolicy: () => void;
}

const FILES = 'files';

const laterDatabase = later(() => import('./database-audience.tsx'));
const laterContent = later(() => import('./file-content.tsx'));

export function SourceChoice({ chosen, name, source, inputs, ...props }: SourceChoiceProps) {
  const { t } = useTranslation();
  const { may } = useMe();
  const sources = useQuery(sourcesQuery);
  const { source_authorization_id, segment_id, file_options } = chosen;
  const audience = { ...inputs.audience, error: inputs.audience.error ?? source.unreadable };
  const option = (key: keyof FileOptions) => {
    const input = inputs.option(key);
    return { ...input, error: source.wrongOptions[key] ?? input.error };
  };
  const isDatabase = source.written === 'query';
  const database = useLater(laterDatabase, isDatabase);
  // It is there before a file is chosen, so that nothing below moves.
  const content = useLater(laterContent, source.hasFiles);
  const Listed = isDatabase ? database?.DatabaseAudience : SourceAudienceSelect;
  return (
    <>
      {sources.data && sources.data.length > 1 && (
        <Select
          label={t('form.source')}
          allowDeselect={false}
          data={sources.data.map((offered) => ({
            value: offered.authorization_id ?? FILES,
            label: offered.authorization_id === null ? t('form.source.files') : offered.label,
          }))}
          {...inputs.source}
          value={source_authorization_id || FILES}
          onChange={(value) => props.onSource(value === FILES ? '' : (value ?? ''))}
        />
      )}
      {props.addSource}
      {source.isFile ? (
        <FileAudience
          {...audience}
          value={segment_id}
          isScheduled={props.isScheduled}
          onChange={props.onAudience}
          onPolicy={props.onPolicy}
        />
      ) : source.written === 'path' ? (
        <FilePath
          key={source_authorization_id}
          {...audience}
          source={source_authorization_id}
          scheme={source.provider === 'gcs' ? 'gs' : 's3'}
          value={segment_id}
          onChange={(path) => props.onAudience(path, path)}
        />
      ) : (
        Listed && (
          <Listed
            key={source_authorization_id}
            {...audience}
            source={source_authorization_id}
            value={segment_id}
            name={name}
            onChange={props.onAudience}
          />
        )
      )}
      {content && segment_id !== '' && (
        <content.FileContent
          file={segment_id}
          source={source}
          options={file_options}
          option={option}
          sample={may('sources.preview') ? props.sample : null}
          onSheet={props.onSheet}
          onOptions={props.onOptions}
        />
      )}
    </>
  );
}
