{{/*
What the API and the workers have in common. Secrets are files, never variables: who may see a pod sees its variables.
The directories of data and uploads are inside their volumes, because a volume itself belongs to root, and Lineup uses
only directories that are its own.
*/}}
{{- define "lineup.environment" -}}
{{- $root := .root }}
{{- $config := $root.Values.config }}
- name: DATABASE_URL_FILE
  value: /run/secrets/lineup/database-url
- name: LINEUP_SECRET_KEY_FILE
  value: /run/secrets/lineup/secret-key
- name: LINEUP_DATA_DIR
  value: /data/lineup
- name: LINEUP_UPLOADS_DIR
  value: /uploads/lineup
- name: LINEUP_LOG_LEVEL
  value: {{ $config.logLevel | quote }}
- name: LINEUP_PUBLIC_URL
  value: {{ include "lineup.publicUrl" $root | quote }}
{{- with $config.trustProxy }}
- name: LINEUP_TRUST_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with $config.internalHosts }}
- name: LINEUP_INTERNAL_HOSTS
  value: {{ join "," . | quote }}
{{- end }}
{{- with $config.secretFolders }}
- name: LINEUP_SECRET_FOLDERS
  value: {{ join "," . | quote }}
{{- end }}
{{- range $name, $value := dict "LINEUP_CONCURRENCY" $config.concurrency "LINEUP_READER_MEMORY_MB" $config.readerMemoryMb "LINEUP_UPLOAD_MAX_MB" $config.uploadMaxMb "LINEUP_RETRY_HOURS" $config.retryHours }}
{{- if $value }}
- name: {{ $name }}
  value: {{ int $value | quote }}
{{- end }}
{{- end }}
{{- if $config.metricsPerJob }}
- name: LINEUP_METRICS_PER_JOB
  value: "true"
{{- end }}
{{- if $config.machineCredentials }}
- name: LINEUP_MACHINE_CREDENTIALS
  value: "true"
{{- end }}
{{- with $root.Values.oidc }}
{{- if .issuer }}
- name: LINEUP_OIDC_ISSUER
  value: {{ .issuer | quote }}
- name: LINEUP_OIDC_CLIENT_ID
  value: {{ required "Single sign-on needs oidc.clientId beside oidc.issuer." .clientId | quote }}
- name: LINEUP_OIDC_CLIENT_SECRET_FILE
  value: /run/secrets/lineup/oidc-client-secret
{{- with .label }}
- name: LINEUP_OIDC_LABEL
  value: {{ . | quote }}
{{- end }}
{{- if .createUsers }}
- name: LINEUP_OIDC_CREATE_USERS
  value: "true"
{{- end }}
{{- with .roles }}
- name: LINEUP_OIDC_ROLES
  value: {{ toJson . | quote }}
{{- end }}
{{- with .groupsClaim }}
- name: LINEUP_OIDC_GROUPS_CLAIM
  value: {{ . | quote }}
{{- end }}
{{- with .scopes }}
- name: LINEUP_OIDC_SCOPES
  value: {{ join " " . | quote }}
{{- end }}
{{- /* 0 means never. */}}
{{- if not (kindIs "invalid" .recheckMinutes) }}
- name: LINEUP_OIDC_RECHECK_MINUTES
  value: {{ int .recheckMinutes | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- with $root.Values.otel.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- with concat $root.Values.extraEnv .values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "lineup.mounts" -}}
- {name: secrets, mountPath: /run/secrets/lineup, readOnly: true}
- {name: data, mountPath: /data}
- {name: tmp, mountPath: /tmp}
- {name: shm, mountPath: /dev/shm}
- {name: uploads, mountPath: /uploads}
{{- if .root.Values.exports.existingClaim }}
- {name: exports, mountPath: {{ .root.Values.exports.mountPath | quote }}, readOnly: true}
{{- end }}
{{- with concat .root.Values.extraVolumeMounts .values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "lineup.volumes" -}}
{{- $root := .root }}
- name: secrets
  projected:
    # Readable by the group of the pod, fsGroup.
    defaultMode: 0440
    sources:
      {{- with include "lineup.database" $root | fromJson }}
      - secret: {name: {{ .name | quote }}, items: [{key: {{ .key | quote }}, path: database-url}]}
      {{- end }}
      {{- with include "lineup.secretKey" $root | fromJson }}
      - secret: {name: {{ .name | quote }}, items: [{key: {{ .key | quote }}, path: secret-key}]}
      {{- end }}
      {{- if $root.Values.oidc.issuer }}
      - secret: {name: {{ required "Single sign-on needs oidc.existingSecret, a Secret with the secret of the client." $root.Values.oidc.existingSecret | quote }}, items: [{key: {{ $root.Values.oidc.existingSecretKey | quote }}, path: oidc-client-secret}]}
      {{- end }}
- name: data
  emptyDir: {sizeLimit: {{ $root.Values.volumes.data.sizeLimit | quote }}}
- name: tmp
  emptyDir: {medium: Memory, sizeLimit: {{ $root.Values.volumes.tmp.sizeLimit | quote }}}
- name: shm
  emptyDir: {medium: Memory, sizeLimit: {{ $root.Values.volumes.shm.sizeLimit | quote }}}
- name: uploads
  {{- if $root.Values.uploads.enabled }}
  persistentVolumeClaim: {claimName: {{ include "lineup.uploadsClaim" $root | quote }}}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- with $root.Values.exports.existingClaim }}
- name: exports
  persistentVolumeClaim: {claimName: {{ . | quote }}, readOnly: true}
{{- end }}
{{- with concat $root.Values.extraVolumes .values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The start of a Deployment of {root, component, name, values}, up to its containers. */}}
{{- define "lineup.pod" -}}
metadata:
  labels:
    {{- include "lineup.labels" . | nindent 4 }}
    {{- with mergeOverwrite (dict) .root.Values.podLabels .values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with mergeOverwrite (dict) .root.Values.commonAnnotations .root.Values.podAnnotations .values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "lineup.serviceAccountName" .root }}
  automountServiceAccountToken: false
  # The variables of other services are of no use.
  enableServiceLinks: false
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml .root.Values.podSecurityContext | nindent 4 }}
  {{- with .values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if .values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml .values.topologySpreadConstraints | nindent 4 }}
  {{- else }}
  # Not all pods on the node that fails.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "lineup.selectorLabels" . | nindent 10 }}
  {{- end }}
  volumes:
    {{- include "lineup.volumes" . | nindent 4 }}
{{- end }}

{{- define "lineup.container" -}}
name: {{ .component }}
image: {{ include "lineup.image" (dict "image" .root.Values.image "tag" .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- toYaml .root.Values.securityContext | nindent 2 }}
env:
  {{- include "lineup.environment" . | nindent 2 }}
{{- with concat .root.Values.extraEnvFrom .values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
volumeMounts:
  {{- include "lineup.mounts" . | nindent 2 }}
{{- end }}
