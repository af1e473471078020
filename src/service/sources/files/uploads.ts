/** Files that people uploaded: `upload:<id>`. */
import { LineupError } from '../../../contracts/errors.ts';
import { sentence } from '../../../contracts/sentence.ts';
import { uploadOfSegment } from '../../../contracts/upload-segment.ts';
import { openFiles } from '../../../sources/files/open.ts';
import type { Db } from '../../../store/database.ts';
import type { SecretBox } from '../../../store/secret-box.ts';
import { revealUpload } from '../../../store/uploads.ts';
import { originOf, type UploadPlace } from '../../uploads/place.ts';
import type { FilePlace } from './place.ts';

export interface UploadedOptions {
  readonly db: Db;
  readonly box: SecretBox;
  readonly place: UploadPlace;
}

export function uploaded({ db, box, place }: UploadedOptions): FilePlace {
  return {
    has: (segmentId) => uploadOfSegment(segmentId) !== undefined,
    open: async (segmentId, signal) => {
      const id = uploadOfSegment(segmentId) ?? '';
      const content = await revealUpload(db, box, id);
      if (!content) throw uploadGone(segmentId);
      const origin = originOf(place, id, content);
      return openFiles({
        source: origin.name,
        locations: [{ kind: 'origin', ...origin }],
        format: content.format,
        signal,
      });
    },
    // Not for everybody who may read sources: their names may be personal.
    list: async () => [],
  };
}

export const uploadGone = (segmentId: string): LineupError =>
  new LineupError(
    'source_not_found',
    sentence`The uploaded file (${segmentId}) is not here any more: it was deleted after its run or by a person, or it was uploaded to another installation. Upload it again, and choose it in the job.`,
  );
