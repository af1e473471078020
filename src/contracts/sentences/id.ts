import type { Catalogue } from './index.ts';

export const id: Catalogue = {
  'Enter a label.': 'Masukkan label.',
  'There is no such provider and method.': 'Penyedia dan metode ini tidak ada.',
  'Enter the ad account’s id, for example A1.': 'Masukkan ID akun iklan, misalnya A1.',
  'A Custom Audience’s id is a number.': 'ID Audiens Khusus berupa angka.',
  'Enter a name.': 'Masukkan nama.',
  'Choose an audience.': 'Pilih audiens.',
  'At most four audiences.': 'Paling banyak empat audiens.',
  'Enter a country code like JP.': 'Masukkan kode negara seperti JP.',
  'Enter the name of the audience to create, or choose an existing one.':
    'Masukkan nama audiens yang akan dibuat, atau pilih yang sudah ada.',
  'An existing audience keeps its name: leave this empty.':
    'Audiens yang sudah ada tetap memakai namanya: biarkan kosong.',
  'Choose the field that holds the advertising ID.': 'Pilih bidang yang berisi ID iklan.',
  'Choose how often it runs.': 'Pilih seberapa sering dijalankan.',
  'Choose the day of the week.': 'Pilih hari.',
  'Choose the time of day.': 'Pilih jam.',
  'Choose the time zone.': 'Pilih zona waktu.',
  'A default country is for phone numbers only.': 'Negara bawaan hanya untuk nomor telepon.',
  'The IFA format is for advertising IDs only.': 'Format IFA hanya untuk ID iklan.',
  'Choose at least one.': 'Pilih setidaknya satu.',
  'Enter a URL like https://hooks.example.com/lineup.':
    'Masukkan URL seperti https://hooks.example.com/lineup.',
  'Leave user and password out of the URL.': 'Jangan sertakan nama pengguna dan kata sandi di URL.',
  'Enter a key like whsec_… of 24 to 64 bytes in base64, or leave it out to have one made.':
    'Masukkan kunci seperti whsec_… sepanjang 24 hingga 64 byte dalam base64, atau kosongkan agar dibuatkan.',
  'Enter the mail server.': 'Masukkan server email.',
  'Enter an e-mail address.': 'Masukkan alamat email.',
  'Enter who is to be told.': 'Masukkan siapa yang akan diberi tahu.',
  'At most 20; for more, use a mailing list.': 'Paling banyak 20; untuk lebih dari itu, gunakan milis.',
  'At least 12 characters.': 'Minimal 12 karakter.',
  'At most 200 characters.': 'Maksimal 200 karakter.',
  'Enter the key.': 'Masukkan kunci.',
  'This holds a space or a character that no key has: copy it again.':
    'Ada spasi atau karakter yang tidak ada dalam kunci: salin ulang.',
  'Enter a URL like https://api.lytics.io.': 'Masukkan URL seperti https://api.lytics.io.',
  'Enter a URL like postgres://user:password@host:5432/database.':
    'Masukkan URL seperti postgres://user:password@host:5432/database.',
  'Enter a time of day like 09:30.': 'Masukkan jam seperti 09:30.',
  'Choose a time zone like Asia/Tokyo.': 'Pilih zona waktu seperti Asia/Tokyo.',
  'Enter an absolute path.': 'Masukkan path absolut.',
  'Choose a field.': 'Pilih bidang.',
  'Use at most {0} characters.': 'Gunakan paling banyak {0} karakter.',
  'At most {0} are possible.': 'Paling banyak {0}.',
  'Enter at most {0}.': 'Masukkan paling banyak {0}.',
  'Enter at least {0}.': 'Masukkan paling sedikit {0}.',
  'This is required.': 'Wajib diisi.',
  'Use at least {0} characters.': 'Gunakan paling sedikit {0} karakter.',
  'There is a key here that nothing is known of.': 'Ada kunci yang tidak dikenal di sini.',
  'Something is missing here, or of the wrong type.': 'Ada yang kurang di sini, atau jenisnya salah.',
  'This is not valid.': 'Ini tidak valid.',
  'The run before is still being stopped. Try again in a moment.':
    'Proses sebelumnya masih dihentikan. Coba lagi sebentar lagi.',
  'The run ended without a word.': 'Proses berakhir tanpa keterangan.',
  'A person stopped the run.': 'Seseorang menghentikan proses.',
  'The worker that had this run is gone.': 'Pekerja yang menangani proses ini sudah tidak ada.',
  'The run that was due at {0} has not come to its end.': 'Proses yang dijadwalkan pada {0} belum selesai.',
  'What the run had staged is gone and its source has changed.':
    'Data yang disiapkan proses ini sudah tidak ada dan sumbernya telah berubah.',
  'No run is going on.': 'Tidak ada proses yang berlangsung.',
  'Only a running or sleeping job can be paused.':
    'Hanya pekerjaan yang berjalan atau tidur yang dapat dijeda.',
  'Resume it first.': 'Lanjutkan dahulu.',
  'A run is going on already.': 'Proses sudah berlangsung.',
  'Duplicate it to go on.': 'Duplikatkan untuk melanjutkan.',
  'There is no guard’s stop to overrule.': 'Tidak ada penghentian oleh pengaman yang perlu dikesampingkan.',
  'Stop its run first.': 'Hentikan prosesnya dahulu.',
  'It has ended already.': 'Pekerjaan ini sudah diakhiri.',
  'A slot came while a run was going on; it is skipped.':
    'Waktu jadwal tiba saat proses berlangsung; jadwal itu dilewati.',
  'Its time has not come.': 'Waktunya belum tiba.',
  'A slot passed while the service was down; this run makes up for it.':
    'Satu jadwal terlewat saat layanan mati; proses ini menggantikannya.',
  '{0} slots passed while the service was down; this run makes up for them.':
    '{0} jadwal terlewat saat layanan mati; proses ini menggantikannya.',
  'A slot came while the run was going on, and was skipped.':
    'Satu jadwal tiba saat proses berlangsung, dan dilewati.',
  '{0} slots came while the run was going on, and were skipped.':
    '{0} jadwal tiba saat proses berlangsung, dan dilewati.',
  'The job did not wait for this run any more.': 'Pekerjaan tidak lagi menunggu proses ini.',
  'Only a paused or failed job can be resumed.':
    'Hanya pekerjaan yang dijeda atau gagal yang dapat dilanjutkan.',
  'The job is running.': 'Pekerjaan ini sedang berjalan.',
  'The job is sleeping.': 'Pekerjaan ini sedang tidur.',
  'The job is paused.': 'Pekerjaan ini dijeda.',
  'The job is completed.': 'Pekerjaan ini sudah selesai.',
  'The job has failed.': 'Pekerjaan ini gagal.',
  'The job is terminated.': 'Pekerjaan ini sudah diakhiri.',
  'The worker is shutting down.': 'Pekerja sedang dimatikan.',
  'The run {0} has written to the audience since, so the older chunks of this one must not follow.':
    'Proses {0} telah menulis ke audiens ini sesudahnya, jadi bagian lama dari proses ini tidak boleh menyusul.',
  'Lineup met a fault of its own ({0}). Please report it.':
    'Lineup mengalami kesalahan internal ({0}). Mohon laporkan.',
  'Only an administrator may do this.': 'Hanya administrator yang boleh melakukan ini.',
  'Only an editor or an administrator may do this.':
    'Hanya editor atau administrator yang boleh melakukan ini.',
  'Only somebody who has a role here may do this.':
    'Hanya yang memiliki peran di sini yang boleh melakukan ini.',
  'This request comes from another site, or lacks its origin.':
    'Permintaan ini datang dari situs lain, atau asalnya tidak diketahui.',
  'Too many attempts. Wait a minute, then try again.':
    'Terlalu banyak percobaan. Tunggu satu menit, lalu coba lagi.',
  'The current password is wrong.': 'Kata sandi saat ini salah.',
  'This user is disabled.': 'Pengguna ini dinonaktifkan.',
  'The e-mail address or the password is wrong.': 'Alamat email atau kata sandi salah.',
  'Sign-in was refused.': 'Permintaan masuk ditolak.',
  'Sign-in failed.': 'Gagal masuk.',
  'Sign in first, or send an API token: Authorization: Bearer lineup_…':
    'Masuk dahulu, atau kirim token API: Authorization: Bearer lineup_…',
  'The session has ended: sign in again.': 'Sesi telah berakhir: masuk lagi.',
  'The API token is unknown, revoked or too old.': 'Token API tidak dikenal, dicabut, atau kedaluwarsa.',
  'There is no user {0}.': 'Tidak ada pengguna {0}.',
  'Somebody has this e-mail address already.': 'Alamat email ini sudah dipakai.',
  'There is nothing at this address.': 'Tidak ada apa pun di alamat ini.',
  'Some of what was sent is not valid.': 'Sebagian dari yang dikirim tidak valid.',
  'The body is too large.': 'Data yang dikirim terlalu besar.',
  'Send JSON, with Content-Type: application/json.': 'Kirim JSON, dengan Content-Type: application/json.',
  'The request cannot be read.': 'Permintaan tidak dapat dibaca.',
  'Something went wrong here. The request id leads to it in the log.':
    'Terjadi kesalahan di sini. ID permintaan menunjukkannya di log.',
  'Up to 200 printable characters.': 'Hingga 200 karakter yang dapat dicetak.',
  'An API token has no password.': 'Token API tidak memiliki kata sandi.',
  'The run has not begun yet, so there is no report.': 'Proses belum dimulai, jadi belum ada laporan.',
  'A path of the web app.': 'Path di aplikasi web.',
  'This link is wrong, was used, was replaced by a newer one, or is too old.':
    'Tautan ini salah, sudah dipakai, diganti dengan yang lebih baru, atau kedaluwarsa.',
  'Single sign-on failed: begin again.': 'Sistem masuk tunggal gagal: mulai lagi.',
  'Nobody changes their own role or disables themselves: ask another administrator.':
    'Tidak ada yang mengubah perannya sendiri atau menonaktifkan dirinya: minta administrator lain.',
  'Enter an ad account: no job uses this authorization yet, so there is none to try it with.':
    'Masukkan akun iklan: belum ada pekerjaan yang memakai otorisasi ini, jadi belum ada akun untuk mengujinya.',
  'There is no custom audience "{0}".': 'Tidak ada audiens khusus “{0}”.',
  'The job "{0}" keeps this audience filled. Delete that job, or give it another audience, first.':
    'Pekerjaan “{0}” terus mengisi audiens ini. Hapus pekerjaan itu, atau beri audiens lain, terlebih dahulu.',
  'The cursor is not valid: begin again without one.': 'Kursor tidak valid: mulai lagi tanpa kursor.',
  'A run of this job goes on: stop it first.': 'Proses pekerjaan ini sedang berlangsung: hentikan dahulu.',
  'This authorization gives no audiences.': 'Otorisasi ini tidak menyediakan audiens.',
  'The audience has no field "{0}". It has {1}.': 'Audiens tidak memiliki bidang “{0}”. Yang ada: {1}.',
  'Choose an authorization: this one is gone.': 'Pilih otorisasi: yang ini sudah tidak ada.',
  'Choose an authorization of LINE Ads.': 'Pilih otorisasi LINE Ads.',
  'LINE has an audience of this name already ({0}). Choose that one, or another name.':
    'LINE sudah memiliki audiens dengan nama ini ({0}). Pilih audiens itu, atau nama lain.',
  'Ad account {0} has no audience {1}.': 'Akun iklan {0} tidak memiliki audiens {1}.',
  'The audience "{0}" is of type {1}, which takes another type of identifier: choose another audience.':
    'Audiens “{0}” berjenis {1}, yang menerima jenis pengenal lain: pilih audiens lain.',
  'The job "{0}" keeps this audience filled: two jobs would undo each other’s work.':
    'Pekerjaan “{0}” terus mengisi audiens ini: dua pekerjaan akan saling membatalkan.',
  '{0} is inside this network. Notifications go there only when an administrator has allowed it in the settings.':
    '{0} berada di dalam jaringan ini. Notifikasi hanya dikirim ke sana jika administrator mengizinkannya di pengaturan.',
  'The message was taken.': 'Pesan telah diterima.',
  'Lineup could not send it ({0}).': 'Lineup tidak dapat mengirimnya ({0}).',
  'It answered with HTTP {0}.': 'Dijawab dengan HTTP {0}.',
  'The mail server answered with {0} ({1}).': 'Server email menjawab dengan {0} ({1}).',
  'It took too long to answer.': 'Terlalu lama menjawab.',
  'It could not be reached or talked to ({0}).': 'Tidak dapat dijangkau atau diajak berkomunikasi ({0}).',
  'Files need no authorization.': 'Berkas tidak memerlukan otorisasi.',
  'Lytics accepts the token, and shows one audience.': 'Lytics menerima token, dan menampilkan satu audiens.',
  'Lytics accepts the token, and shows {0} audiences.': 'Lytics menerima token, dan menampilkan {0} audiens.',
  'PostgreSQL {0}: one table or view can be read in {1}.':
    'PostgreSQL {0}: satu tabel atau view dapat dibaca di {1}.',
  'PostgreSQL {0}: {1} tables and views can be read in {2}.':
    'PostgreSQL {0}: {1} tabel dan view dapat dibaca di {2}.',
  'This user may do everything: one that may only read is safer.':
    'Pengguna ini boleh melakukan segalanya: pengguna yang hanya boleh membaca lebih aman.',
  'This authorization is used by {0}. Delete those jobs, or give them another authorization, first.':
    'Otorisasi ini dipakai oleh {0}. Hapus pekerjaan tersebut, atau beri otorisasi lain, terlebih dahulu.',
  'This idempotency key was used for another request: send a new one.':
    'Kunci idempotensi ini sudah dipakai untuk permintaan lain: kirim yang baru.',
  'The first request with this idempotency key is still being worked on.':
    'Permintaan pertama dengan kunci idempotensi ini masih dikerjakan.',
  'There is no such authorization: it may have been deleted just now.':
    'Otorisasi ini tidak ada: mungkin baru saja dihapus.',
  'Another worker has taken this over.': 'Pekerja lain telah mengambil alih.',
  'Another worker has taken this run over.': 'Pekerja lain telah mengambil alih proses ini.',
  'There is no API token "{0}".': 'Tidak ada token API “{0}”.',
  'There is no authorization "{0}".': 'Tidak ada otorisasi “{0}”.',
  'There is no job "{0}".': 'Tidak ada pekerjaan “{0}”.',
  'There is no notification channel "{0}".': 'Tidak ada saluran notifikasi “{0}”.',
  'There is no run "{0}".': 'Tidak ada proses “{0}”.',
  'Somebody else has changed this in the meantime. Look at it again before you save.':
    'Orang lain telah mengubahnya sementara itu. Periksa lagi sebelum menyimpan.',
  'The run {0} was begun before.': 'Proses {0} sudah pernah dimulai.',
  'The run {0} has not begun.': 'Proses {0} belum dimulai.',
  'The run {0} is going on in another worker.': 'Proses {0} sedang berlangsung di pekerja lain.',
  'The run {0} was stopped before its worker began.': 'Proses {0} dihentikan sebelum pekerjanya mulai.',
  'The disk of the database is full. Free some space there.':
    'Disk basis data penuh. Kosongkan sebagian ruangnya.',
  'The database did not take an entry of the run’s journal.':
    'Basis data tidak menerima entri jurnal proses.',
  'There is no file {0} that may be exported.': 'Tidak ada berkas {0} yang boleh diekspor.',
  'No folder is open to exports: an administrator can change that in the settings.':
    'Belum ada folder yang dibuka untuk ekspor: administrator dapat mengubahnya di pengaturan.',
  'Open to exports are only these folders: {0}. An administrator can change that in the settings.':
    'Folder yang dibuka untuk ekspor hanya: {0}. Administrator dapat mengubahnya di pengaturan.',
  'There is no file {0} that may be exported: name one by its absolute path, or choose one of the list.':
    'Tidak ada berkas {0} yang boleh diekspor: sebutkan dengan path absolut, atau pilih dari daftar.',
  '{0} matches more than {1} files.': '{0} cocok dengan lebih dari {1} berkas.',
  'No audience can be read from "{0}".': 'Tidak ada audiens yang dapat dibaca dari “{0}”.',
  'The source of this run cannot be opened again.': 'Sumber proses ini tidak dapat dibuka lagi.',
  'The source has no members, so nothing was sent and the audience at LINE is unchanged.':
    'Sumber tidak memiliki anggota, jadi tidak ada yang dikirim dan audiens di LINE tidak berubah.',
  'None of the {0} values of "{1}" is usable, so nothing was sent and the audience at LINE is unchanged.':
    'Tidak satu pun dari {0} nilai “{1}” dapat dipakai, jadi tidak ada yang dikirim dan audiens di LINE tidak berubah.',
  'Check the source, the field, and that it holds what the identifier type says; an empty result is never sent.':
    'Periksa sumber, bidang, dan apakah isinya sesuai jenis pengenal; hasil kosong tidak pernah dikirim.',
  'The audience would shrink from {0} members (run {1}) to {2}, by {3}: more than the {4} allowed, so nothing was sent.':
    'Audiens akan menyusut dari {0} anggota (proses {1}) menjadi {2}, turun {3}: melebihi {4} yang diizinkan, jadi tidak ada yang dikirim.',
  'Members travel encrypted: enter https://, or mark the server as one inside your network.':
    'Data anggota dikirim terenkripsi: masukkan https://, atau tandai server sebagai bagian dari jaringan Anda.',
  'This URL is of a folder: name a file in it.': 'URL ini menunjuk ke folder: sebutkan berkas di dalamnya.',
  '{0} may not be exported.': '{0} tidak boleh diekspor.',
  'No URL is open to exports: an administrator can change that in the settings.':
    'Belum ada URL yang dibuka untuk ekspor: administrator dapat mengubahnya di pengaturan.',
  'Open to exports is only what is below {0}: an administrator can change that in the settings.':
    'Yang dibuka untuk ekspor hanya yang berada di bawah {0}: administrator dapat mengubahnya di pengaturan.',
  'The server sends on to {0}, which is not below a URL that is open to exports. An administrator can open it in the settings.':
    'Server mengalihkan ke {0}, yang tidak berada di bawah URL yang dibuka untuk ekspor. Administrator dapat membukanya di pengaturan.',
  '{0} is inside this network. Files are fetched from there only when an administrator has marked its URL in the settings as one inside your network.':
    '{0} berada di dalam jaringan ini. Berkas hanya diambil dari sana jika administrator menandai URL-nya di pengaturan sebagai bagian dari jaringan Anda.',
  'Enter a whole URL, like https://files.example.com/exports/members.csv.':
    'Masukkan URL lengkap, seperti https://files.example.com/exports/members.csv.',
  'Leave the user name and the password out of the URL: they would be kept in plain sight.':
    'Jangan sertakan nama pengguna dan kata sandi di URL: keduanya akan tersimpan secara terbuka.',
  'Leave out the ? or # and what follows: signatures and tokens stand there, which would be kept in plain sight, and expire. The file must have a URL that stays.':
    'Hilangkan ? atau # dan yang mengikutinya: tanda tangan dan token di sana akan tersimpan secara terbuka, dan kedaluwarsa. Berkas harus memiliki URL tetap.',
  'The path of the URL is not a plain one in UTF-8.': 'Path URL bukan path biasa dalam UTF-8.',
  'Give the file’s name.': 'Berikan nama berkas.',
  'Give the file’s name alone, without a path.': 'Berikan nama berkas saja, tanpa jalur.',
  'Nothing came any more.': 'Tidak ada data yang datang lagi.',
  'Send the file as the body, with Content-Type: {0}.':
    'Kirim berkas sebagai isi permintaan, dengan Content-Type: {0}.',
  'There is no upload "{0}".': 'Tidak ada unggahan "{0}".',
  'This file is used by {0}. Give those jobs another file, or delete them, first.':
    'Berkas ini digunakan oleh {0}. Beri pekerjaan tersebut berkas lain, atau hapus, terlebih dahulu.',
  'The uploaded file is not as it was written: what is on the disk was changed or cut off. Upload it again.':
    'Berkas yang diunggah tidak sama seperti saat ditulis: isinya di disk telah berubah atau terpotong. Unggah lagi.',
  'The uploaded file is not on this machine: all processes of the service must see one uploads directory, and here it is {0} (LINEUP_UPLOADS_DIR).':
    'Berkas yang diunggah tidak ada di mesin ini: semua mesin layanan harus melihat satu direktori unggahan yang sama, dan di sini direktori itu {0} (LINEUP_UPLOADS_DIR).',
  'The uploaded file cannot be read in {0}.': 'Berkas yang diunggah tidak dapat dibaca di {0}.',
  'The upload broke off: nothing of it is kept.': 'Unggahan terputus: tidak ada yang disimpan.',
  'The file is larger than the {0} that this service takes. Compress it (gzip or Zstandard), or ask an administrator: LINEUP_UPLOAD_MAX_MB, or a folder of the server that is open to exports.':
    'Berkas lebih besar dari {0} yang diterima layanan ini. Kompres berkas (gzip atau Zstandard), atau tanyakan kepada administrator: LINEUP_UPLOAD_MAX_MB, atau folder server yang dibuka untuk ekspor.',
  'The disk of this service has no room for the file: {0} can be used. Delete uploads that are not needed any more, or ask an administrator.':
    'Disk layanan ini tidak memiliki ruang untuk berkas: {0} dapat digunakan. Hapus unggahan yang tidak diperlukan lagi, atau tanyakan kepada administrator.',
  'The format of the file cannot be told. Lineup reads CSV, TSV, NDJSON (.ndjson, .jsonl), Parquet, and one value a line (.txt); all but Parquet also as .gz or .zst.':
    'Format berkas tidak dapat dikenali. Lineup membaca CSV, TSV, NDJSON (.ndjson, .jsonl), Parquet, dan satu nilai per baris (.txt); semua kecuali Parquet juga sebagai .gz atau .zst.',
  'The job "{0}" is kept updated: it reads this file again at every run, so the file must be kept.':
    'Pekerjaan "{0}" terus diperbarui: berkas ini dibaca lagi setiap kali pekerjaan berjalan, jadi harus disimpan.',
  'The uploaded file ({0}) is not here any more: it was deleted after its run or by a person, or it was uploaded to another installation. Upload it again, and choose it in the job.':
    'Berkas yang diunggah ({0}) tidak ada lagi: sudah dihapus setelah prosesnya atau oleh seseorang, atau diunggah ke instalasi lain. Unggah lagi, lalu pilih di pekerjaan.',
  'A job that is kept updated reads its file again at every run, and this one is deleted after the first: choose to keep it.':
    'Pekerjaan yang terus diperbarui membaca berkasnya lagi setiap kali pekerjaan berjalan, sedangkan berkas ini dihapus setelah yang pertama: pilih untuk menyimpannya.',
  'The uploaded file of this job is not here any more. Upload it again, and choose it in the job.':
    'Berkas yang diunggah untuk pekerjaan ini tidak ada lagi. Unggah lagi, lalu pilih di pekerjaan.',
  'Ad account {0} has no custom audience {1}.': 'Akun iklan {0} tidak memiliki audiens khusus {1}.',
  'Custom audience {0} ({1}) is of type {2}, but the identifier type needs {3}: the type of an audience cannot change. Choose another audience, or create a new one.':
    'Audiens khusus {0} ({1}) berjenis {2}, tetapi jenis pengenal ini memerlukan {3}: jenis audiens tidak dapat diubah. Pilih audiens lain, atau buat yang baru.',
  'LINE has a custom audience "{0}" already: its id is {1}. Fill that one, or choose another name.':
    'LINE sudah memiliki audiens khusus “{0}” dengan ID {1}. Isi audiens itu, atau pilih nama lain.',
  'LINE answers.': 'LINE menjawab.',
  'LINE accepts the access key and the secret key.': 'LINE menerima Access Key dan Secret Key.',
  'Ad account {0} is authorised.': 'Akun iklan {0} sudah diizinkan.',
  'The role of the key may upload audiences.': 'Peran kunci ini boleh mengunggah audiens.',
  'The role of the key may not upload: LINE must give it the role Data Provider (General).':
    'Peran kunci ini tidak boleh mengunggah: LINE harus memberinya peran Data Provider (General).',
  'Custom audience {0} "{1}" is there: {2}, {3}.': 'Audiens khusus {0} “{1}” ada: {2}, {3}.',
  'Not known, because of the failure above.': 'Tidak diketahui, karena kegagalan di atas.',
  'This machine’s clock is {0} minutes behind LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'Jam server tertinggal {0} menit dari jam LINE; LINE menolak mulai 15 menit. Perbaiki jamnya (NTP).',
  'This machine’s clock is {0} minutes ahead of LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'Jam server mendahului jam LINE {0} menit; LINE menolak mulai 15 menit. Perbaiki jamnya (NTP).',
  'The clock agrees with LINE’s.': 'Jam sesuai dengan jam LINE.',
  'The clock is {0} s behind LINE’s, which is near enough.':
    'Jam tertinggal {0} detik dari jam LINE, masih cukup dekat.',
  'The clock is {0} s ahead of LINE’s, which is near enough.':
    'Jam mendahului jam LINE {0} detik, masih cukup dekat.',
  'LINE could not be reached: {0} ({1}).': 'LINE tidak dapat dijangkau: {0} ({1}).',
  'The connection to LINE broke: {0} ({1}).': 'Koneksi ke LINE terputus: {0} ({1}).',
  'LINE did not answer in time.': 'LINE tidak menjawab tepat waktu.',
  'LINE answered {0}, but its answer cannot be read.':
    'LINE menjawab {0}, tetapi jawabannya tidak dapat dibaca.',
  'The staged chunk cannot be read any more, or was changed while it was sent.':
    'Bagian yang disiapkan tidak dapat dibaca lagi, atau berubah saat dikirim.',
  'The request to LINE was stopped.': 'Permintaan ke LINE dihentikan.',
  'LINE answered {0}.': 'LINE menjawab {0}.',
  'LINE answered {0} {1}.': 'LINE menjawab {0} {1}.',
  'The access key, the secret key or the clock is wrong.': 'Access Key, Secret Key, atau jam salah.',
  'The access key may not use this operation or this ad account.':
    'Access Key ini tidak boleh memakai operasi atau akun iklan ini.',
  'Try again in a minute.': 'Coba lagi satu menit lagi.',
  'LINE is working on this audience: try again in some minutes.':
    'LINE sedang memproses audiens ini: coba lagi beberapa menit lagi.',
  'LINE has a fault: try again in some minutes.': 'LINE sedang bermasalah: coba lagi beberapa menit lagi.',
  'Run {0} was a dry run: there is nothing to go on with.':
    'Proses {0} hanya uji coba: tidak ada yang dilanjutkan.',
  'Run {0} has succeeded: there is nothing to go on with.':
    'Proses {0} sudah berhasil: tidak ada yang dilanjutkan.',
  'Run {0} cannot go on: run {1} has written to audience {2} since, and the older chunks would spoil the newer membership. Run the export again.':
    'Proses {0} tidak dapat dilanjutkan: proses {1} telah menulis ke audiens {2} sesudahnya, dan bagian lama akan merusak keanggotaan yang baru. Jalankan ekspor lagi.',
  'Run {0} ended before its source was read to the end, and {1} cannot be read again. Run the export again.':
    'Proses {0} berakhir sebelum sumbernya selesai dibaca, dan {1} tidak dapat dibaca lagi. Jalankan ekspor lagi.',
  'The staged chunks of this run are gone, and its source cannot be read again. Run the export again.':
    'Bagian yang disiapkan proses ini sudah tidak ada, dan sumbernya tidak dapat dibaca lagi. Jalankan ekspor lagi.',
  'The staged chunks of this run are gone, and its source has changed since, so it cannot go on where it was. Run the export again: a replace makes the audience whole.':
    'Bagian yang disiapkan proses ini sudah tidak ada, dan sumbernya telah berubah, jadi tidak dapat dilanjutkan dari tempatnya. Jalankan ekspor lagi: penggantian membuat audiens utuh.',
  'Interrupted: nothing was sent to LINE.': 'Terputus: tidak ada yang dikirim ke LINE.',
  'Interrupted: {0} of {1} chunks are finished at LINE, so the audience is not complete until you go on.':
    'Terputus: {0} dari {1} bagian selesai di LINE, jadi audiens belum lengkap sampai dilanjutkan.',
  'There is no room left for the staged chunks in {0}; those of this run were removed. Free some space (65 bytes a member), then start again.':
    'Tidak ada ruang lagi untuk bagian yang disiapkan di {0}; milik proses ini telah dihapus. Kosongkan ruang (65 byte per anggota), lalu mulai lagi.',
  'The staged chunks could not be written to {0} ({1}).':
    'Bagian yang disiapkan tidak dapat ditulis ke {0} ({1}).',
  'The staging worker was stopped.': 'Pekerja penyiapan dihentikan.',
  'The staging worker failed.': 'Pekerja penyiapan gagal.',
  'The staging worker stopped.': 'Pekerja penyiapan berhenti.',
  'Staging was interrupted.': 'Penyiapan terputus.',
  'The lines that were staged before did not come out the same.':
    'Baris yang disiapkan sebelumnya tidak menghasilkan hasil yang sama.',
  'A chunk must have room for at least one record of {0} bytes, not {1} records and {2} bytes.':
    'Satu bagian harus muat setidaknya satu rekaman {0} byte, bukan {1} rekaman dan {2} byte.',
  'The source has more members than one run can hold (some 350 million). Split the source, and append the parts.':
    'Sumber memiliki lebih banyak anggota daripada yang muat dalam satu proses (sekitar 350 juta). Bagi sumbernya, lalu tambahkan bagian-bagiannya.',
  'The source gave a value without saying whose it is.':
    'Sumber memberikan nilai tanpa menyebut milik siapa.',
  'The default country {0} has no phone numbers; give two letters such as JP, TW or TH.':
    'Negara bawaan {0} tidak memiliki nomor telepon; berikan dua huruf seperti JP, TW, atau TH.',
  'The staged chunk {0} cannot be read any more, so it was not sent. Run the export again.':
    'Bagian yang disiapkan {0} tidak dapat dibaca lagi, jadi tidak dikirim. Jalankan ekspor lagi.',
  'The staged chunk {0} is not what this run wrote, so it was not sent. Run the export again.':
    'Bagian yang disiapkan {0} bukan yang ditulis proses ini, jadi tidak dikirim. Jalankan ekspor lagi.',
  'LINE took chunk {0} of {1} but its job has not come to its end ({2}) after {3} minutes. Go on later: the run then waits for the same job.':
    'LINE menerima bagian {0} dari {1} tetapi pekerjaannya belum selesai ({2}) setelah {3} menit. Lanjutkan nanti: proses akan menunggu pekerjaan yang sama.',
  'LINE is still working on another upload to audience {0} ({1}, {2}), so nothing was sent. Go on later.':
    'LINE masih memproses unggahan lain ke audiens {0} ({1}, {2}), jadi tidak ada yang dikirim. Lanjutkan nanti.',
  'LINE’s upload job for chunk {0} of {1} failed: {2}.':
    'Pekerjaan unggah LINE untuk bagian {0} dari {1} gagal: {2}.',
  'LINE’s upload job for chunk {0} of {1} failed.': 'Pekerjaan unggah LINE untuk bagian {0} dari {1} gagal.',
  'The audience holds chunks 1 to {0} of {1} for now.':
    'Untuk saat ini audiens berisi bagian 1 sampai {0} dari {1}.',
  'Resume to send the chunk again; if it fails again, ask LINE with the id of the job.':
    'Lanjutkan untuk mengirim bagian itu lagi; jika gagal lagi, tanyakan kepada LINE dengan ID pekerjaannya.',
  '{0} phone numbers begin with 0, so they lack a country code and LINE will hardly match them.':
    '{0} nomor telepon diawali 0, jadi tidak memiliki kode negara dan LINE hampir tidak dapat mencocokkannya.',
  'The field mixes {0} values that were hashed already with {1} plain ones. Hashed ones are sent unchanged: make sure that they were normalised first.':
    'Bidang ini mencampur {0} nilai yang sudah di-hash dengan {1} nilai polos. Yang sudah di-hash dikirim apa adanya: pastikan sudah dinormalkan sebelumnya.',
  '{0} hashes are written in upper case and are sent unchanged; LINE’s examples are in lower case. If nobody matches, write them in lower case.':
    '{0} hash ditulis dengan huruf besar dan dikirim apa adanya; contoh LINE memakai huruf kecil. Jika tidak ada yang cocok, tulis dengan huruf kecil.',
  '{0} mobile advertising ids are sent hashed; LINE’s reference describes raw ones.':
    '{0} ID iklan dikirim dalam bentuk hash; referensi LINE memakai yang mentah.',
  'LINE finished with the remark {0} (chunks: {1}).': 'LINE selesai dengan catatan {0} (bagian: {1}).',
  'LINE processed {0} of the {1} records (chunks: {2}).':
    'LINE memproses {0} dari {1} rekaman (bagian: {2}).',
  'LINE shows the audience as {0} with an estimated size of {1}: it matched nobody so far.':
    'LINE menampilkan audiens sebagai {0} dengan perkiraan ukuran {1}: belum ada yang cocok.',
  'Hashed advertising ids may be the cause: try raw ones.':
    'ID iklan yang di-hash mungkin penyebabnya: coba yang mentah.',
  'Check that the field holds what the identifier type says.':
    'Pastikan isi bidang sesuai dengan jenis pengenal.',
  'Check the access key, and that the ad account is linked to your group.':
    'Periksa Access Key, dan apakah akun iklan sudah terhubung dengan grup Anda.',
  "The access key's role lacks this operation; uploads need the role Data Provider (General).":
    'Peran Access Key ini tidak memiliki operasi ini; unggahan memerlukan peran Data Provider (General).',
  'The ad account has not been linked to your group.': 'Akun iklan ini belum terhubung dengan grup Anda.',
  'Check the ad account id.': 'Periksa ID akun iklan.',
  'Check the group id.': 'Periksa ID grup.',
  'The ad account has no such custom audience.': 'Akun iklan ini tidak memiliki audiens khusus tersebut.',
  'The name is too long; LINE takes 120 characters.': 'Nama terlalu panjang; LINE menerima 120 karakter.',
  'A custom audience of this name exists already; use its id.':
    'Audiens khusus dengan nama ini sudah ada; gunakan ID-nya.',
  'The ad account holds as many custom audiences as LINE allows.':
    'Akun iklan ini sudah memiliki audiens khusus sebanyak yang diizinkan LINE.',
  'An ad group still targets it.': 'Masih ada grup iklan yang menargetkannya.',
  'A lookalike audience is still made from it.': 'Masih ada audiens serupa yang dibuat darinya.',
  'The source audience matches too few people.': 'Audiens sumber cocok dengan terlalu sedikit orang.',
  'The lines of the file are not in the form of its identifier type.':
    'Baris dalam berkas tidak sesuai dengan bentuk jenis pengenalnya.',
  'The file has too many lines; send it in smaller parts.':
    'Berkas memiliki terlalu banyak baris; kirim dalam bagian yang lebih kecil.',
  'The file is empty.': 'Berkas kosong.',
  'The file is too large; LINE takes 60 MiB.': 'Berkas terlalu besar; LINE menerima 60 MiB.',
  'LINE is processing this audience; try again later.': 'LINE sedang memproses audiens ini; coba lagi nanti.',
  'the connection was refused': 'koneksi ditolak',
  'the host name is unknown': 'nama host tidak dikenal',
  'the host name could not be looked up': 'nama host tidak dapat dicari',
  'there is no route to the host': 'tidak ada rute ke host',
  'there is no network': 'tidak ada jaringan',
  'the host did not take the connection in time': 'host tidak menerima koneksi tepat waktu',
  'the connection was reset': 'koneksi direset',
  'the connection was closed while sending': 'koneksi ditutup saat mengirim',
  'the connection was closed before the answer': 'koneksi ditutup sebelum ada jawaban',
  'no answer came in time': 'tidak ada jawaban tepat waktu',
  'the answer stopped half-way': 'jawaban berhenti di tengah jalan',
  'fetch does not allow this port': 'port ini tidak diizinkan',
  'its certificate is not trusted': 'sertifikatnya tidak dipercaya',
  'the connection failed': 'koneksi gagal',
  'It was tried {0} times.': 'Sudah dicoba {0} kali.',
};
