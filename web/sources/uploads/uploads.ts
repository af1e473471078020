/** What the form needs to send a file, and when one was uploaded. */
export { UploadZone } from './upload-zone.tsx';
export { UploadedFile } from './uploaded-file.tsx';
