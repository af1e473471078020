/** Creates an audience from a file, or adds the ids of a file to one. */
import type { Reply } from '../../shared/reply.ts';
import { createdJson, newAudience } from '../audiences.ts';
import { RefusalError, refused, wrongField } from '../refusal.ts';
import { readUploadForm, type UploadedFile, type UploadForm } from '../upload-form.ts';
import type { Call } from '../world.ts';
import { accept, checkRepeated, checkTarget, type Upload } from './accept.ts';
import { checkDescription, checkName, checkRoom, ownAudienceOf } from './checks.ts';
import { emptyReply } from './replies.ts';

export async function createByFile(call: Call): Promise<Reply> {
  const { fields, file } = await formOf(call);
  // No `await` from here on: the check and the acceptance must be one step.
  const name = checkName(call, fields.get('description'));
  const isIfa = kindOf(fields.get('isIfaAudience'));
  const upload = uploadOf(call, fields, file, isIfa);
  checkRoom(call);
  const { state, channel, world } = call;
  const audience = newAudience({
    id: state.newAudienceId(),
    channelId: channel.id,
    bot: channel.bot,
    name,
    isIfa,
    createdAt: world.clock.time(),
  });
  state.addAudience(audience);
  accept(call, audience, upload);
  return { status: 202, json: createdJson(audience, world.settings) };
}

export async function addByFile(call: Call): Promise<Reply> {
  const { state } = call;
  let arrived = () => {};
  // The id comes first in most forms, but need not. Then the upload counts as under way only when it has arrived.
  const begun = (name: string, value: string) => {
    if (name !== 'audienceGroupId' || !state.audience(value)) return;
    arrived = state.arriving.begin(value);
  };
  let form: UploadForm;
  try {
    form = await formOf(call, begun);
  } finally {
    arrived();
  }
  const { fields, file } = form;
  const id = fields.get('audienceGroupId') ?? '';
  if (!/^[1-9]\d{0,18}$/.test(id)) throw wrongField('audienceGroupId', 'Must be a number');
  const audience = ownAudienceOf(call, id);
  checkTarget(call, audience);
  const upload = uploadOf(call, fields, file, audience.members.isIfa);
  checkRepeated(call, audience, upload);
  accept(call, audience, upload);
  return emptyReply(call, 202);
}

const formOf = ({ stream, contentType, world }: Call, onField?: (name: string, value: string) => void) =>
  readUploadForm(stream, contentType, world.settings, onField);

/** An empty value counts as a missing one. */
function kindOf(isIfaAudience: string | undefined): boolean {
  if (!isIfaAudience) return false;
  if (isIfaAudience !== 'true' && isIfaAudience !== 'false') throw wrongField('isIfaAudience', 'Must be a boolean');
  return isIfaAudience === 'true';
}

/** @throws {RefusalError} */
function uploadOf(call: Call, fields: ReadonlyMap<string, string>, file: UploadedFile | null, isIfa: boolean): Upload {
  const { settings } = call.world;
  const description = checkDescription(fields.get('uploadDescription'));
  if (description !== null) call.record.fileName = description;
  if (!file) throw wrongField('file', 'May not be empty');
  const { contentType, reader, bytes } = file;
  if (contentType !== 'text/plain') {
    throw new RefusalError({
      status: 415,
      message: `The content type, ${contentType || 'none'}, is not supported`,
      detail: `the file part must be text/plain, it is ${contentType || 'without a type'}`,
    });
  }
  const fault = reader.fault(isIfa, settings);
  const isLate = fault?.code === 'UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT' && settings.malformedIds === 'job';
  if (fault && !isLate) {
    const { code, detail, violation } = fault;
    throw refused(code, { property: 'file', message: code, detail, ...(violation ? { violation } : {}) });
  }
  return { description, ids: reader.ids(isIfa), bytes: reader.bytes, fails: isLate, file: bytes };
}
