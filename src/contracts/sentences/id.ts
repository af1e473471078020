import type { Catalogue } from './index.ts';

export const id: Catalogue = {
  'Enter a label.': 'Masukkan label.',
  'Enter a tag.': 'Masukkan tag.',
  'A tag has no comma.': 'Tag tidak boleh berisi koma.',
  'The same tag is in the list twice.': 'Tag yang sama ada dua kali dalam daftar.',
  'Use plain text: no line breaks, control characters or direction marks.':
    'Gunakan teks biasa: tanpa ganti baris, karakter kontrol, atau tanda arah.',
  'There is no such provider and method.': 'Penyedia dan metode ini tidak tersedia.',
  'Enter the ad account’s id, for example A1.': 'Masukkan ID akun iklan, misalnya A1.',
  'Enter the group’s id, for example G1.': 'Masukkan ID grup, misalnya G1.',
  'A Custom Audience’s id is a number.': 'ID Audiens Khusus berupa angka.',
  'Enter a name.': 'Masukkan nama.',
  'Choose an audience.': 'Pilih audiens.',
  'At most four audiences.': 'Maksimal empat audiens.',
  'A run is running, succeeded, failed, interrupted, dry_run, queued or stopped: enter one of these.':
    'Status eksekusi yang dapat dimasukkan: running, succeeded, failed, interrupted, dry_run, queued, atau stopped.',
  'Enter true or false.': 'Masukkan true atau false.',
  'Enter a day such as 2026-11-01, or a moment such as 2026-11-01T09:00:00Z.':
    'Masukkan tanggal seperti 2026-11-01, atau waktu seperti 2026-11-01T09:00:00Z.',
  'The end of the time must be after its beginning: change one of them.':
    'Akhir rentang waktu harus setelah awalnya: ubah salah satunya.',
  'Enter a country code like JP.': 'Masukkan kode negara seperti JP.',
  'Enter the name of the audience to create, or choose an existing one.':
    'Masukkan nama audiens yang akan dibuat, atau pilih yang sudah ada.',
  'An existing audience keeps its name: leave this empty.':
    'Audiens yang sudah ada tetap menggunakan namanya: kosongkan isian ini.',
  'Choose the field that holds the advertising ID.': 'Pilih kolom yang berisi ID iklan.',
  'Choose how often it runs.': 'Pilih frekuensi eksekusi.',
  'Choose the day of the week.': 'Pilih hari.',
  'Choose the time of day.': 'Pilih jam.',
  'Choose the time zone.': 'Pilih zona waktu.',
  'A default country is for phone numbers only.': 'Negara default hanya untuk nomor telepon.',
  'The IFA format is for advertising IDs only.': 'Format IFA hanya untuk ID iklan.',
  'Choose at least one.': 'Pilih minimal satu.',
  'Name each job once.': 'Sebutkan setiap pekerjaan satu kali saja.',
  'Enter a URL like https://hooks.example.com/lineup.':
    'Masukkan URL seperti https://hooks.example.com/lineup.',
  'Leave user and password out of the URL.': 'Jangan sertakan nama pengguna dan kata sandi di URL.',
  'Enter a key like whsec_… of 24 to 64 bytes in base64, or leave it out to have one made.':
    'Masukkan kunci seperti whsec_… sepanjang 24 hingga 64 byte dalam base64, atau kosongkan agar kunci dibuat otomatis.',
  'Enter the mail server.': 'Masukkan server email.',
  'Enter an e-mail address.': 'Masukkan alamat email.',
  'Enter at least one recipient.': 'Masukkan minimal satu penerima.',
  'At most 20; for more, use a mailing list.': 'Maksimal 20 penerima; jika lebih, gunakan milis.',
  'At least 12 characters.': 'Minimal 12 karakter.',
  'At most 200 characters.': 'Maksimal 200 karakter.',
  'Enter the key.': 'Masukkan kunci.',
  'This holds a character that cannot be kept: type it again.':
    'Isian ini memuat karakter yang tidak dapat disimpan: ketik ulang.',
  'This is nested too deeply.': 'Strukturnya terlalu dalam.',
  'The URL is too long.': 'URL terlalu panjang.',
  'This holds a space or a character that no key has: copy it again.':
    'Isian ini memuat spasi atau karakter yang tidak mungkin ada dalam kunci: salin ulang.',
  'Enter a URL like https://api.lytics.io.': 'Masukkan URL seperti https://api.lytics.io.',
  'Enter the origin alone, like https://api.lytics.io: without a path, a query or a user.':
    'Masukkan alamat dasarnya saja, seperti https://api.lytics.io: tanpa jalur, kueri, atau pengguna.',
  'Enter a URL like postgres://user:password@host:5432/database.':
    'Masukkan URL seperti postgres://user:password@host:5432/database.',
  'Enter a time of day like 09:30.': 'Masukkan jam seperti 09:30.',
  'Choose a time zone like Asia/Tokyo.': 'Pilih zona waktu seperti Asia/Tokyo.',
  'Enter an absolute path.': 'Masukkan jalur absolut.',
  'Choose a field.': 'Pilih kolom.',
  'Use at most {0} characters.': 'Maksimal {0} karakter.',
  'At most {0} are possible.': 'Maksimal {0}.',
  'Enter at most {0}.': 'Nilai maksimal adalah {0}.',
  'Enter at least {0}.': 'Nilai minimal adalah {0}.',
  'This is required.': 'Wajib diisi.',
  'Use at least {0} characters.': 'Minimal {0} karakter.',
  'There is an unknown property here.': 'Ada properti yang tidak dikenal di sini.',
  'A value is missing or has the wrong type.': 'Ada nilai yang belum diisi, atau jenisnya salah.',
  'This is not valid.': 'Nilai ini tidak valid.',
  'The run before is still being stopped. Try again in a moment.':
    'Eksekusi sebelumnya masih dalam proses penghentian. Coba lagi sesaat lagi.',
  'The run ended without a reason.': 'Eksekusi berakhir tanpa keterangan.',
  'A person stopped the run.': 'Eksekusi dihentikan oleh pengguna.',
  'The worker that had this run is gone.': 'Worker yang menangani eksekusi ini sudah tidak aktif.',
  'The run that was due at {0} has not come to its end.': 'Eksekusi yang dijadwalkan pada {0} belum selesai.',
  'What the run had staged is gone and its source has changed.':
    'Data yang disiapkan eksekusi ini sudah tidak ada, dan sumbernya telah berubah.',
  'No run is going on.': 'Tidak ada eksekusi yang sedang berlangsung.',
  'Only a running or sleeping job can be paused.':
    'Hanya pekerjaan yang berjalan atau menunggu jadwal yang dapat dijeda.',
  'Resume it first.': 'Aktifkan lagi terlebih dahulu.',
  'A run is going on already.': 'Sudah ada eksekusi yang sedang berlangsung.',
  'Duplicate it to go on.': 'Duplikatkan untuk melanjutkan.',
  'No guard has stopped this job.': 'Pengaman tidak menghentikan pekerjaan ini.',
  'There is no run that could go on.': 'Tidak ada eksekusi yang dapat dilanjutkan.',
  'Stop its run first.': 'Hentikan eksekusinya terlebih dahulu.',
  'It is terminated already.': 'Pekerjaan ini sudah diakhiri.',
  'A scheduled time came while a run was going on. It is skipped.':
    'Satu jadwal tiba saat eksekusi masih berlangsung, jadi dilewati.',
  'It is not due yet.': 'Jadwalnya belum tiba.',
  'A scheduled time passed while the service was down. This run makes up for it.':
    'Satu jadwal terlewat saat layanan tidak aktif; eksekusi ini menggantikannya.',
  '{0} scheduled times passed while the service was down. This run makes up for them.':
    '{0} jadwal terlewat saat layanan tidak aktif; eksekusi ini menggantikan semuanya.',
  'A slot came in the meantime; this run makes up for it.':
    'Satu jadwal terlewat sementara itu; eksekusi ini menggantikannya.',
  '{0} slots came in the meantime; this run makes up for them.':
    '{0} jadwal terlewat sementara itu; eksekusi ini menggantikan semuanya.',
  'A scheduled time came while the run was going on, and was skipped.':
    'Satu jadwal tiba saat eksekusi masih berlangsung, lalu dilewati.',
  '{0} scheduled times came while the run was going on, and were skipped.':
    '{0} jadwal tiba saat eksekusi masih berlangsung, lalu dilewati.',
  'LINE holds {0} of {1} members.': 'Audiens di LINE berisi {0} dari {1} anggota.',
  'LINE took all {0} members, but the run ended before LINE had finished with them.':
    'LINE menerima semua {0} anggota, tetapi eksekusi berakhir sebelum LINE selesai memprosesnya.',
  'The job did not wait for this run any more.': 'Pekerjaan sudah tidak menunggu eksekusi ini.',
  'Only a paused or failed job can be resumed.':
    'Hanya pekerjaan yang dijeda atau gagal yang dapat diaktifkan lagi.',
  'The job is running.': 'Pekerjaan ini sedang berjalan.',
  'The job is sleeping.': 'Pekerjaan ini sedang menunggu jadwal.',
  'The job is paused.': 'Pekerjaan ini sedang dijeda.',
  'The job is completed.': 'Pekerjaan ini sudah selesai.',
  'The job has failed.': 'Pekerjaan ini gagal.',
  'The job is terminated.': 'Pekerjaan ini sudah diakhiri.',
  'The worker is shutting down.': 'Worker sedang dimatikan.',
  'The run {0} has written to the audience since, so the older chunks of this one must not follow.':
    'Eksekusi {0} sudah memperbarui audiens setelahnya, jadi file bagian yang lebih lama dari eksekusi ini tidak boleh dikirim.',
  'Lineup met a fault of its own ({0}). Please report it.':
    'Terjadi kesalahan internal di Lineup ({0}). Mohon laporkan.',
  'Only an administrator may do this.': 'Hanya administrator yang boleh melakukan ini.',
  'Only an editor or an administrator may do this.':
    'Hanya editor atau administrator yang boleh melakukan ini.',
  'A viewer may look at audiences of the list, and at those that a job was saved with. For a query, a path or a URL of your own, ask an editor.':
    'Pengamat hanya dapat melihat audiens dalam daftar dan yang digunakan pekerjaan yang tersimpan. Untuk kueri, jalur, atau URL sendiri, mintalah kepada editor.',
  'A viewer may preview only what a job was saved with. For anything else, ask an editor.':
    'Pengamat hanya dapat membuka pratinjau dari data yang digunakan pekerjaan yang tersimpan. Untuk yang lain, mintalah kepada editor.',
  'Only somebody who has a role here may do this.':
    'Hanya pengguna yang memiliki peran di sini yang boleh melakukan ini.',
  'This request comes from another site, or lacks its origin.':
    'Permintaan ini berasal dari situs lain, atau asalnya tidak diketahui.',
  'Too many attempts. Wait a minute, then try again.':
    'Terlalu banyak percobaan. Tunggu satu menit, lalu coba lagi.',
  'Too many attempts have failed. Try again in {0} seconds.':
    'Terlalu banyak percobaan yang gagal. Coba lagi dalam {0} detik.',
  'The current password is wrong.': 'Kata sandi saat ini salah.',
  'This password is easy to guess. Use a longer one, or several words that do not belong together; no name, no e-mail address, no common password.':
    'Kata sandi ini mudah ditebak. Gunakan yang lebih panjang, atau beberapa kata yang tidak saling berkaitan; jangan nama, alamat email, atau kata sandi umum.',
  'This user is disabled.': 'Pengguna ini telah dinonaktifkan.',
  'The e-mail address or the password is wrong.': 'Alamat email atau kata sandi salah.',
  'Sign-in was refused.': 'Upaya masuk ditolak.',
  'Sign-in failed.': 'Gagal masuk.',
  'Sign in first, or send an API token: Authorization: Bearer lineup_…':
    'Masuk terlebih dahulu, atau kirim token API: Authorization: Bearer lineup_…',
  'The session has ended: sign in again.': 'Sesi telah berakhir. Silakan masuk lagi.',
  'The API token is unknown, revoked or too old, or whoever made it may do nothing here any more.':
    'Token API tidak dikenal, dicabut, atau kedaluwarsa, atau pembuatnya tidak lagi memiliki hak apa pun di sini.',
  'There is no user {0}.': 'Tidak ada pengguna {0}.',
  'This time is past: give one that is still to come.':
    'Waktu ini sudah lewat: masukkan waktu yang akan datang.',
  'Somebody has this e-mail address already.': 'Alamat email ini sudah digunakan.',
  'There is nothing at this address.': 'Tidak ada apa pun di alamat ini.',
  'Some of what was sent is not valid.': 'Sebagian data yang dikirim tidak valid.',
  'The body is too large.': 'Data yang dikirim terlalu besar.',
  'The Host header of the request is missing, or names no host.':
    'Header Host pada permintaan tidak ada, atau tidak berisi nama host.',
  'Too many runs are being followed at the same time. Close some of them, or ask for the run now and then instead.':
    'Terlalu banyak eksekusi yang dipantau secara bersamaan. Tutup sebagian, atau periksa eksekusinya secara berkala saja.',
  'The request did not come whole in time. Send it again.':
    'Permintaan tidak diterima secara lengkap tepat waktu. Kirim lagi.',
  'The address and the headers of the request are too large.': 'Alamat dan header permintaan terlalu besar.',
  'This address is too long.': 'Alamat ini terlalu panjang.',
  'Send JSON, with Content-Type: application/json.': 'Kirim JSON, dengan Content-Type: application/json.',
  'The request cannot be read.': 'Permintaan tidak dapat dibaca.',
  'Something went wrong here. The request id leads to it in the log.':
    'Terjadi kesalahan. Rinciannya dapat dicari di log dengan ID permintaan.',
  'Up to 200 printable characters.': 'Maksimal 200 karakter yang dapat dicetak.',
  'An API token has no password.': 'Token API tidak memiliki kata sandi.',
  'The run has not begun yet, so there is no report.': 'Eksekusi belum dimulai, jadi belum ada laporan.',
  'A path of the web app.': 'Jalur di aplikasi web.',
  'This link is wrong, was used, was replaced by a newer one, or is too old.':
    'Tautan ini salah, sudah digunakan, sudah diganti dengan yang lebih baru, atau kedaluwarsa.',
  'Single sign-on failed: begin again.': 'Single sign-on gagal: ulangi dari awal.',
  'Nobody would be left who can sign in and manage the others: make somebody else an administrator first, who has set a password.':
    'Tidak akan ada lagi yang dapat masuk dan mengelola pengguna lain: jadikan pengguna lain yang sudah menetapkan kata sandi sebagai administrator terlebih dahulu.',
  'Nobody changes their own role or disables themselves: ask another administrator.':
    'Anda tidak dapat mengubah peran sendiri atau menonaktifkan diri sendiri: mintalah kepada administrator lain.',
  'Enter an ad account: no job uses this authorization yet, so there is none to try it with.':
    'Masukkan akun iklan: belum ada pekerjaan yang menggunakan otorisasi ini, jadi belum ada akun iklan untuk memverifikasinya.',
  'There is no custom audience "{0}".': 'Tidak ada Audiens Khusus “{0}”.',
  'The job "{0}" keeps this audience filled. Delete that job, or give it another audience, first.':
    'Audiens ini diisi oleh pekerjaan “{0}”. Hapus pekerjaan itu, atau pilih audiens lain untuknya, terlebih dahulu.',
  'The cursor is not valid: begin again without one.': 'Kursor tidak valid: mulai lagi tanpa kursor.',
  'A run of this job goes on: stop it first.':
    'Eksekusi pekerjaan ini sedang berlangsung: hentikan terlebih dahulu.',
  'This authorization gives no audiences.': 'Otorisasi ini tidak menyediakan audiens.',
  'Choose an authorization: this one is gone.': 'Pilih otorisasi lain: yang ini sudah tidak ada.',
  'Choose an authorization of LINE Ads.': 'Pilih otorisasi LINE Ads.',
  'LINE has an audience of this name already ({0}). Choose that one, or another name.':
    'LINE sudah memiliki audiens dengan nama ini ({0}). Pilih audiens itu, atau gunakan nama lain.',
  'Ad account {0} has no audience {1}.': 'Akun iklan {0} tidak memiliki audiens {1}.',
  'An audience at LINE keeps its ad account and its identifier type: this change needs another audience, and {0} stays as it is. Set another_audience to true to have one made, or choose an existing one.':
    'Akun iklan dan jenis pengenal audiens di LINE tidak dapat diubah: perubahan ini memerlukan audiens lain, dan {0} tetap seperti semula. Isi another_audience dengan true untuk membuat audiens baru, atau pilih audiens yang sudah ada.',
  'The audience {0} does not exist at LINE any more. Choose another one, or have it made anew (another_audience).':
    'Audiens {0} sudah tidak ada di LINE. Pilih audiens lain, atau buat ulang (another_audience).',
  'The audience "{0}" ({1}) does not exist at LINE any more. Choose another one, or have it made anew (another_audience).':
    'Audiens “{0}” ({1}) sudah tidak ada di LINE. Pilih audiens lain, atau buat ulang (another_audience).',
  'LINE did not rename the audience, so nothing was saved.':
    'LINE tidak mengganti nama audiens, jadi tidak ada yang disimpan.',
  'Enter the name of the audience to create, in place of the id of an existing one.':
    'Masukkan nama audiens yang akan dibuat, bukan ID audiens yang sudah ada.',
  'The first run makes the audience "{0}" at LINE right now. Change it when that run has ended, or stop the run first.':
    'Eksekusi pertama sedang membuat audiens “{0}” di LINE. Ubah setelah eksekusi itu selesai, atau hentikan eksekusinya terlebih dahulu.',
  'The audience "{0}" is of type {1}, which takes another type of identifier: choose another audience.':
    'Audiens “{0}” berjenis {1}, yang menerima jenis pengenal lain: pilih audiens lain.',
  'The job "{0}" keeps this audience filled: two jobs would undo each other’s work.':
    'Audiens ini sudah diisi oleh pekerjaan “{0}”: dua pekerjaan akan saling menimpa hasilnya.',
  '{0} is inside this network. Lineup connects to port {1} there only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '{0} berada di dalam jaringan ini. Lineup hanya terhubung ke port {1} di sana jika administrator telah mencantumkannya di pengaturan, pada “Host di dalam jaringan Anda”.',
  '{0} is a Unix socket of this machine. Lineup uses it only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    '{0} adalah soket Unix di mesin ini. Lineup hanya menggunakannya jika administrator telah mencantumkannya di pengaturan, pada “Host di dalam jaringan Anda”.',
  'The message was taken.': 'Pesan telah diterima.',
  'Test message': 'Pesan uji',
  'This is a test message. Lineup will send its notifications here.':
    'Ini pesan uji. Lineup akan mengirim notifikasi ke sini.',
  'The job “{0}” failed': 'Pekerjaan “{0}” gagal',
  'The job “{0}” failed. It does not run again by itself.':
    'Pekerjaan “{0}” gagal dan tidak akan berjalan lagi secara otomatis.',
  'The other system’s reason: {0}': 'Alasan dari sistem lain: {0}',
  'The job “{0}” waits': 'Pekerjaan “{0}” menunggu pemulihan',
  'The job “{0}” cannot run at the moment. Nothing was sent. It goes on by itself when the cause is gone.':
    'Pekerjaan “{0}” saat ini tidak dapat berjalan. Tidak ada yang dikirim. Pekerjaan akan berlanjut secara otomatis setelah penyebabnya teratasi.',
  'Set the clock of the machine on which Lineup runs (NTP).':
    'Sesuaikan jam di server tempat Lineup berjalan (NTP).',
  'Verify the authorization, or enter new credentials.':
    'Verifikasi otorisasi, atau masukkan kredensial baru.',
  'The job “{0}” stopped before it sent anything, because its new list is much smaller than the audience, or nobody knows how large the audience is. The audience at LINE was not changed.':
    'Pekerjaan “{0}” berhenti sebelum mengirim apa pun, karena daftar barunya jauh lebih kecil daripada audiens, atau ukuran audiens tidak diketahui. Audiens di LINE tidak berubah.',
  'The job “{0}” has nothing to send': 'Pekerjaan “{0}” tidak memiliki data untuk dikirim',
  'The job “{0}” stopped before it sent anything, because its new list is empty. The audience at LINE was not changed.':
    'Pekerjaan “{0}” berhenti sebelum mengirim apa pun, karena daftar barunya kosong. Audiens di LINE tidak berubah.',
  'Check the source, and run the job again.': 'Periksa sumbernya, lalu jalankan pekerjaan lagi.',
  'The audience of “{0}” is incomplete at LINE': 'Audiens “{0}” belum lengkap di LINE',
  'Let the job continue, or run it again. Any run that succeeds makes the audience whole.':
    'Lanjutkan pekerjaan, atau jalankan lagi. Setiap eksekusi yang berhasil akan melengkapi audiens.',
  'The job “{0}” needs your approval': 'Pekerjaan “{0}” menunggu persetujuan',
  'Check the source. If the new list is right, run the job anyway on its page. If not, correct the source and run the job again.':
    'Periksa sumbernya. Jika daftar barunya benar, pilih “Tetap jalankan” di halaman pekerjaan. Jika tidak, perbaiki sumbernya lalu jalankan pekerjaan lagi.',
  'The job “{0}” works again': 'Pekerjaan “{0}” telah pulih',
  'The job “{0}” succeeded again.': 'Pekerjaan “{0}” kembali berhasil.',
  'The job “{0}” is late': 'Pekerjaan “{0}” terlambat',
  'The run of “{0}” that was due at {1} has not ended. It is still running, waits for its turn, or will be tried again.':
    'Eksekusi “{0}” yang dijadwalkan pada {1} belum selesai. Eksekusi masih berjalan, menunggu giliran, atau akan dicoba lagi.',
  'LINE matched nobody for “{0}”': 'Tidak ada anggota “{0}” yang cocok di LINE',
  'LINE accepted the members of “{0}”, but matched none of them to its users.':
    'LINE menerima anggota “{0}”, tetapi tidak ada satu pun yang cocok dengan pengguna LINE.',
  'The authorization “{0}” does not work any more': 'Otorisasi “{0}” tidak berfungsi lagi',
  'Lineup cannot use “{0}”. Jobs that need it cannot run.':
    'Otorisasi “{0}” tidak dapat digunakan. Pekerjaan yang menggunakannya tidak dapat berjalan.',
  'Put the cause right, then open the authorization and verify it.':
    'Setelah penyebabnya diatasi, buka otorisasi tersebut, lalu verifikasi.',
  'The job “{0}” succeeded': 'Pekerjaan “{0}” berhasil',
  'The job “{0}” succeeded.': 'Pekerjaan “{0}” berhasil.',
  'The job “{0}” succeeded. Its list has {1} members.':
    'Pekerjaan “{0}” berhasil. Daftarnya berisi {1} anggota.',
  'Lineup could not send it ({0}).': 'Lineup tidak dapat mengirimnya ({0}).',
  'It answered with HTTP {0}.': 'Server menjawab dengan HTTP {0}.',
  'The mail server answered with {0} ({1}).': 'Server email menjawab dengan {0} ({1}).',
  'It took too long to answer.': 'Server terlalu lama menjawab.',
  'It could not be reached or talked to ({0}).':
    'Server tidak dapat dihubungi atau diajak berkomunikasi ({0}).',
  'Files need no authorization.': 'File tidak memerlukan otorisasi.',
  'Lytics accepts the token, and shows one audience.': 'Lytics menerima token, dan menampilkan satu audiens.',
  'Lytics accepts the token, and shows {0} audiences.': 'Lytics menerima token, dan menampilkan {0} audiens.',
  'PostgreSQL {0}: one table or view can be read in {1}.':
    'PostgreSQL {0}: satu tabel atau view dapat dibaca di {1}.',
  'PostgreSQL {0}: {1} tables and views can be read in {2}.':
    'PostgreSQL {0}: {1} tabel dan view dapat dibaca di {2}.',
  'This user may only read.': 'Pengguna ini hanya dapat membaca.',
  'A user that may only read is safer: the manual has the SQL for one.':
    'Pengguna yang hanya dapat membaca lebih aman: SQL untuk membuatnya ada di manual.',
  'This user is a superuser: a query could do anything at the server, also outside of its READ ONLY transaction.':
    'Pengguna ini adalah superuser: kueri dapat melakukan apa saja di server, termasuk di luar transaksi READ ONLY.',
  'This user has the attributes {0}.': 'Pengguna ini memiliki atribut {0}.',
  'This user is a member of {0}.': 'Pengguna ini adalah anggota {0}.',
  'This user may change the table {0}.': 'Pengguna ini dapat mengubah tabel {0}.',
  'This user may change {0} tables, for example {1}.': 'Pengguna ini dapat mengubah {0} tabel, misalnya {1}.',
  'This user may create schemas in this database.': 'Pengguna ini dapat membuat skema di basis data ini.',
  'This user may create tables and functions in {0}.': 'Pengguna ini dapat membuat tabel dan fungsi di {0}.',
  'This user may call dblink, which opens connections outside of the READ ONLY transaction.':
    'Pengguna ini dapat memanggil dblink, yang membuka koneksi di luar transaksi READ ONLY.',
  'This authorization is used by {0}. Delete those jobs, or give them another authorization, first.':
    'Otorisasi ini digunakan oleh {0}. Hapus pekerjaan tersebut, atau pilih otorisasi lain untuknya, terlebih dahulu.',
  'This idempotency key was used for another request: send a new one.':
    'Kunci idempotensi ini sudah digunakan untuk permintaan lain: kirim yang baru.',
  'The first request with this idempotency key is still being worked on.':
    'Permintaan pertama dengan kunci idempotensi ini masih diproses.',
  'There is no such authorization: it may have been deleted just now.':
    'Otorisasi ini tidak ada: mungkin baru saja dihapus.',
  'Another worker has taken this over.': 'Worker lain telah mengambil alih.',
  'Another worker has taken this run over.': 'Worker lain telah mengambil alih eksekusi ini.',
  'There is no API token "{0}".': 'Tidak ada token API “{0}”.',
  'There is no authorization "{0}".': 'Tidak ada otorisasi “{0}”.',
  'There is no job "{0}".': 'Tidak ada pekerjaan “{0}”.',
  'There is no notification channel "{0}".': 'Tidak ada saluran notifikasi “{0}”.',
  'There is no run "{0}".': 'Tidak ada eksekusi “{0}”.',
  'Somebody else has changed this in the meantime. Look at it again before you save.':
    'Ada orang lain yang sudah mengubahnya. Periksa lagi sebelum menyimpan.',
  'The run {0} was begun before.': 'Eksekusi {0} sudah pernah dimulai.',
  'The run {0} has not begun.': 'Eksekusi {0} belum dimulai.',
  'The run {0} is going on in another worker.': 'Eksekusi {0} sedang berlangsung di worker lain.',
  'The run {0} was stopped before its worker began.': 'Eksekusi {0} dihentikan sebelum worker-nya mulai.',
  'The database cannot be reached at the moment. Try again in a while.':
    'Basis data saat ini tidak dapat dihubungi. Coba lagi nanti.',
  'The disk of the database is full. Free some space there.':
    'Disk basis data penuh. Kosongkan sebagian ruangnya.',
  'The database did not give or take the key of the run’s staged chunks.':
    'Basis data tidak dapat membaca atau menyimpan kunci file bagian yang disiapkan eksekusi ini.',
  'The database did not take an entry of the run’s journal.':
    'Basis data tidak menerima catatan jurnal eksekusi.',
  'There is no file {0} that may be exported.': 'Tidak ada file {0} yang boleh diekspor.',
  '{0} is not read: it is not called as files of members are ({1}). Rename it, or give a copy.':
    '{0} tidak dibaca: nama file anggota harus berakhiran salah satu dari {1}. Ganti namanya, atau gunakan salinannya.',
  '{0} is not the file any more that was looked for: something else has taken its place. Try again.':
    '{0} bukan lagi file yang dicari: file itu telah digantikan oleh yang lain. Coba lagi.',
  '{0} cannot be opened to exports: it is, or lies in, a folder of the system or of Lineup itself ({1}, the data directory, the uploads).':
    '{0} tidak dapat dibuka untuk ekspor: ini adalah, atau berada di dalam, folder sistem atau folder Lineup sendiri ({1}, direktori data, unggahan).',
  '{0} holds much more than exports: whoever edits jobs can read the tables in all of it. Open a folder that holds exports alone.':
    '{0} berisi jauh lebih banyak daripada ekspor: siapa pun yang dapat mengubah pekerjaan dapat membaca semua tabel di dalamnya. Buka folder yang hanya berisi ekspor.',
  '{0} contains {1}, which is Lineup’s own. That stays closed.':
    '{0} berisi {1}, milik Lineup sendiri. Folder itu tetap tertutup.',
  'of this run': 'dari eksekusi ini',
  'the PostgreSQL database': 'basis data PostgreSQL',
  'The PostgreSQL database': 'Basis data PostgreSQL',
  'This host': 'Host ini',
  'This place': 'Tempat ini',
  'its origin': 'alamat dasarnya',
  'the data directory': 'direktori data',
  'the uploads directory': 'direktori unggahan',
  'another one': 'direktori lain',
  'another place': 'tempat lain',
  'the URLs that an administrator has chosen': 'URL yang dipilih administrator',
  'those that an administrator has chosen': 'yang dipilih administrator',
  'No folder is open to exports: an administrator can change that in the settings.':
    'Belum ada folder yang dibuka untuk ekspor: administrator dapat mengubahnya di pengaturan.',
  'Open to exports are only these folders: {0}. An administrator can change that in the settings.':
    'Hanya folder berikut yang dibuka untuk ekspor: {0}. Administrator dapat mengubahnya di pengaturan.',
  'There is no file {0} that may be exported: name one by its absolute path, or choose one of the list.':
    'Tidak ada file {0} yang boleh diekspor: sebutkan dengan jalur absolut, atau pilih dari daftar.',
  '{0} names more than {1} files.': 'Ada lebih dari {1} file yang cocok dengan {0}.',
  '{0} stands for more than {1} patterns. Write * in place of so many alternatives in braces.':
    '{0} mewakili lebih dari {1} pola. Gunakan * sebagai ganti pilihan sebanyak itu dalam kurung kurawal.',
  '{0} leads through more than {1} folders. Name a folder that is nearer to the files.':
    '{0} melewati lebih dari {1} folder. Sebutkan folder yang lebih dekat ke filenya.',
  'Too many files and folders would have to be looked at for {0}. Name a folder that is nearer to the files.':
    'Terlalu banyak file dan folder yang harus diperiksa untuk {0}. Sebutkan folder yang lebih dekat ke filenya.',
  'No audience can be read from "{0}".': 'Tidak ada audiens yang dapat dibaca dari “{0}”.',
  'The source of this run cannot be opened again.': 'Sumber eksekusi ini tidak dapat dibuka lagi.',
  'The source has no members, so nothing was sent and the audience at LINE is unchanged.':
    'Sumber tidak memiliki anggota, jadi tidak ada yang dikirim dan audiens di LINE tidak berubah.',
  'None of the {0} values of "{1}" is usable, so nothing was sent and the audience at LINE is unchanged.':
    'Tidak satu pun dari {0} nilai “{1}” dapat digunakan, jadi tidak ada yang dikirim dan audiens di LINE tidak berubah.',
  'Check the source, the field, and that it holds what the identifier type says; an empty result is never sent.':
    'Periksa sumber dan kolomnya, dan pastikan isinya sesuai dengan jenis pengenal; hasil kosong tidak pernah dikirim.',
  'The audience would shrink from {0} to {1}, by {2}: more than the {3} allowed, so nothing was sent.':
    'Audiens akan menyusut dari {0} menjadi {1}, turun {2}: melebihi batas {3}, jadi tidak ada yang dikirim.',
  '{0} members (run {1}, {2})': '{0} anggota (eksekusi {1}, {2})',
  'about {0} members (LINE’s upload jobs)': 'sekitar {0} anggota (menurut pekerjaan unggah LINE)',
  'at least {0} members (LINE’s estimate)': 'setidaknya {0} anggota (menurut perkiraan LINE)',
  'at most {0} members (LINE’s estimate)': 'paling banyak {0} anggota (menurut perkiraan LINE)',
  'Nothing tells how many members the audience holds, so nothing was sent: replacing them with {0} could take many away.':
    'Jumlah anggota audiens saat ini tidak diketahui, jadi tidak ada yang dikirim: menggantinya dengan {0} anggota dapat menghilangkan banyak anggota.',
  'Lineup has not replaced it before, LINE lists no upload with a count, and LINE gives no estimate.':
    'Lineup belum pernah mengganti audiens ini, LINE tidak mencantumkan unggahan yang memuat jumlah anggota, dan LINE tidak memberikan perkiraan.',
  'Members travel encrypted: enter https://, or first list {0} under “Hosts inside your network”.':
    'Data anggota harus dikirim terenkripsi: masukkan https://, atau cantumkan {0} terlebih dahulu pada “Host di dalam jaringan Anda”.',
  'Members travel encrypted: {0} can be read by http:// only when an administrator has listed it in the settings, under “Hosts inside your network”.':
    'Data anggota harus dikirim terenkripsi: {0} hanya dapat dibaca lewat http:// jika administrator telah mencantumkannya di pengaturan, pada “Host di dalam jaringan Anda”.',
  'Enter a host, an address or a network, with a port or without, like db.corp.example:5432, 10.0.0.7 or 10.0.0.0/8, or the absolute path of a Unix socket.':
    'Masukkan host, alamat, atau jaringan, dengan atau tanpa port, seperti db.corp.example:5432, 10.0.0.7, atau 10.0.0.0/8, atau jalur absolut soket Unix.',
  'This URL is of a folder: name a file in it.': 'URL ini menunjuk ke folder: sebutkan file di dalamnya.',
  '{0} may not be exported.': '{0} tidak boleh diekspor.',
  'No URL is open to exports: an administrator can change that in the settings.':
    'Belum ada URL yang dibuka untuk ekspor: administrator dapat mengubahnya di pengaturan.',
  'Open to exports is only what is below {0}: an administrator can change that in the settings.':
    'Hanya yang berada di bawah {0} yang dibuka untuk ekspor: administrator dapat mengubahnya di pengaturan.',
  'The server sends on to {0}, which is not below a URL that is open to exports. An administrator can open it in the settings.':
    'Server mengalihkan ke {0}, yang tidak berada di bawah URL yang dibuka untuk ekspor. Administrator dapat membukanya di pengaturan.',
  'Enter a whole URL, like https://files.example.com/exports/members.csv.':
    'Masukkan URL lengkap, seperti https://files.example.com/exports/members.csv.',
  'Leave the user name and the password out of the URL: they would be kept in plain sight.':
    'Jangan sertakan nama pengguna dan kata sandi di URL: keduanya akan tersimpan tanpa disamarkan.',
  'Leave out the ? or # and what follows: signatures and tokens stand there, which would be kept in plain sight, and expire. The file must have a URL that stays.':
    'Hapus ? atau # beserta apa pun setelahnya: tanda tangan dan token di sana akan tersimpan tanpa disamarkan, dan dapat kedaluwarsa. File harus memiliki URL tetap.',
  'The path of the URL is not a plain one in UTF-8.': 'Jalur URL tidak valid dalam UTF-8.',
  'Give the file’s name.': 'Masukkan nama file.',
  'Give the file’s name alone, without a path.': 'Masukkan nama file saja, tanpa jalur.',
  'The transfer stopped.': 'Tidak ada data lagi yang diterima.',
  'Send the file as the body, with Content-Type: {0}.':
    'Kirim file sebagai isi permintaan, dengan Content-Type: {0}.',
  'There is no upload "{0}".': 'Tidak ada unggahan “{0}”.',
  'This file is used by {0}. Give those jobs another file, or delete them, first.':
    'File ini digunakan oleh {0}. Pilih file lain untuk pekerjaan tersebut, atau hapus pekerjaannya, terlebih dahulu.',
  'The uploaded file is not as it was written: what is on the disk was changed or cut off. Upload it again.':
    'File yang diunggah tidak lagi seperti semula: isinya di disk telah berubah atau terpotong. Unggah lagi.',
  'The uploaded file is not on this machine: all processes of the service must see one uploads directory, and here it is {0} (LINEUP_UPLOADS_DIR).':
    'File yang diunggah tidak ada di server ini: semua proses layanan harus menggunakan satu direktori unggahan yang sama, dan di sini direktorinya adalah {0} (LINEUP_UPLOADS_DIR).',
  'The uploaded file cannot be read in {0}.': 'File yang diunggah tidak dapat dibaca di {0}.',
  'The upload broke off: nothing of it is kept.': 'Unggahan terputus: tidak ada yang disimpan.',
  'The file is larger than the {0} that this service takes. Compress it (gzip or Zstandard), or ask an administrator: LINEUP_UPLOAD_MAX_MB, or a folder of the server that is open to exports.':
    'Ukuran file melebihi {0}, batas layanan ini. Kompres file (gzip atau Zstandard), atau tanyakan kepada administrator: LINEUP_UPLOAD_MAX_MB, atau folder server yang dibuka untuk ekspor.',
  'The disk of this service has no room for the file: {0} can be used. Delete uploads that are not needed any more, or ask an administrator.':
    'Disk layanan ini tidak cukup untuk file tersebut: ruang yang tersedia {0}. Hapus unggahan yang tidak diperlukan lagi, atau tanyakan kepada administrator.',
  'The format of the file cannot be told. Lineup reads CSV, TSV, Excel workbooks (.xlsx), NDJSON (.ndjson, .jsonl), Parquet, and one value a line (.txt); all but Parquet also as .gz or .zst.':
    'Format file tidak dapat dikenali. Lineup membaca CSV, TSV, buku kerja Excel (.xlsx), NDJSON (.ndjson, .jsonl), Parquet, dan satu nilai per baris (.txt); semua kecuali Parquet juga sebagai .gz atau .zst.',
  'The job "{0}" is kept updated: it reads this file again at every run, so the file must be kept.':
    'Pekerjaan “{0}” selalu diperbarui: file ini dibaca lagi di setiap eksekusi, jadi harus disimpan.',
  'The uploaded file ({0}) is not here any more: it was deleted after its run or by a person, or it was uploaded to another installation. Upload it again, and choose it in the job.':
    'File yang diunggah ({0}) sudah tidak ada: dihapus setelah eksekusinya atau oleh seseorang, atau diunggah ke instalasi lain. Unggah lagi, lalu pilih di pekerjaan.',
  'A job that is kept updated reads its file again at every run, and this one is deleted after the first: choose to keep it.':
    'Pekerjaan yang selalu diperbarui membaca filenya lagi di setiap eksekusi, sedangkan file ini akan dihapus setelah eksekusi pertama: pilih untuk menyimpannya.',
  'The uploaded file of this job is not here any more. Upload it again, and choose it in the job.':
    'File yang diunggah untuk pekerjaan ini sudah tidak ada. Unggah lagi, lalu pilih di pekerjaan.',
  'Ad account {0} has no custom audience {1}.': 'Akun iklan {0} tidak memiliki Audiens Khusus {1}.',
  'Custom audience {0} ({1}) is of type {2}, but the identifier type needs {3}: the type of an audience cannot change. Choose another audience, or create a new one.':
    'Audiens Khusus {0} ({1}) berjenis {2}, tetapi jenis pengenal ini memerlukan {3}: jenis audiens tidak dapat diubah. Pilih audiens lain, atau buat yang baru.',
  'LINE has a custom audience "{0}" already: its id is {1}. Fill that one, or choose another name.':
    'LINE sudah memiliki Audiens Khusus “{0}” dengan ID {1}. Gunakan audiens itu, atau pilih nama lain.',
  'LINE answers.': 'LINE menjawab.',
  'LINE accepts the access key and the secret key.': 'LINE menerima Kunci Akses dan Kunci Rahasia.',
  'Ad account {0} is authorised.': 'Akun iklan {0} sudah diizinkan.',
  'The role of the key may upload audiences.': 'Peran kunci ini dapat mengunggah audiens.',
  'The role of the key may not upload: LINE must give it the role Data Provider (General).':
    'Peran kunci ini tidak dapat mengunggah: LINE harus memberinya peran Data Provider (General).',
  'Custom audience {0} "{1}" is there: {2}, {3}.': 'Audiens Khusus {0} “{1}” ditemukan: {2}, {3}.',
  'Not known, because of the failure above.': 'Tidak diketahui, karena kegagalan di atas.',
  'This machine’s clock is {0} minutes behind LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'Jam server tertinggal {0} menit dari jam LINE; LINE menolak selisih 15 menit atau lebih. Sesuaikan jamnya (NTP).',
  'This machine’s clock is {0} minutes ahead of LINE’s; LINE refuses from 15 minutes on. Set it right (NTP).':
    'Jam server {0} menit lebih cepat dari jam LINE; LINE menolak selisih 15 menit atau lebih. Sesuaikan jamnya (NTP).',
  'The clock agrees with LINE’s.': 'Jam server sesuai dengan jam LINE.',
  'The clock is {0} s behind LINE’s, which is near enough.':
    'Jam server tertinggal {0} detik dari jam LINE; masih dalam batas.',
  'The clock is {0} s ahead of LINE’s, which is near enough.':
    'Jam server {0} detik lebih cepat dari jam LINE; masih dalam batas.',
  'LINE could not be reached: {0} ({1}).': 'LINE tidak dapat dihubungi: {0} ({1}).',
  'The connection to LINE broke: {0} ({1}).': 'Koneksi ke LINE terputus: {0} ({1}).',
  'LINE did not answer in time.': 'LINE tidak menjawab tepat waktu.',
  'LINE answered {0}, but its answer cannot be read.':
    'LINE menjawab {0}, tetapi jawabannya tidak dapat dibaca.',
  'The staged chunk cannot be read any more, or was changed while it was sent.':
    'File bagian yang disiapkan tidak dapat dibaca lagi, atau berubah saat dikirim.',
  'The request to LINE was stopped.': 'Permintaan ke LINE dihentikan.',
  'LINE answered {0}.': 'LINE menjawab {0}.',
  'LINE answered {0} {1}.': 'LINE menjawab {0} {1}.',
  'The access key, the secret key or the clock is wrong.': 'Kunci Akses, Kunci Rahasia, atau jam salah.',
  'The access key may not use this operation or this ad account.':
    'Kunci Akses ini tidak boleh menggunakan operasi atau akun iklan ini.',
  'Try again in a minute.': 'Coba lagi dalam satu menit.',
  'LINE is working on this audience: try again in some minutes.':
    'LINE sedang memproses audiens ini: coba lagi dalam beberapa menit.',
  'LINE has a fault: try again in some minutes.':
    'LINE sedang mengalami gangguan: coba lagi dalam beberapa menit.',
  'Run {0} was a dry run: there is nothing to go on with.':
    'Eksekusi {0} hanya uji coba: tidak ada yang dapat dilanjutkan.',
  'Run {0} has succeeded: there is nothing to go on with.':
    'Eksekusi {0} sudah berhasil: tidak ada yang perlu dilanjutkan.',
  'Run {0} cannot go on: run {1} has written to audience {2} since, and the older chunks would spoil the newer membership. Run the export again.':
    'Eksekusi {0} tidak dapat dilanjutkan: eksekusi {1} sudah memperbarui audiens {2} setelahnya, dan file bagian yang lebih lama akan merusak daftar anggota yang lebih baru. Jalankan ekspor lagi.',
  'Run {0} ended before its source was read to the end, and {1} cannot be read again. Run the export again.':
    'Eksekusi {0} berakhir sebelum sumbernya selesai dibaca, dan {1} tidak dapat dibaca lagi. Jalankan ekspor lagi.',
  'The staged chunks of this run are gone, and its source cannot be read again. Run the export again.':
    'File bagian yang disiapkan eksekusi ini sudah tidak ada, dan sumbernya tidak dapat dibaca lagi. Jalankan ekspor lagi.',
  'The staged chunks of this run are gone, and its source has changed since, so it cannot go on where it was. Run the export again: a replace makes the audience whole.':
    'File bagian yang disiapkan eksekusi ini sudah tidak ada, dan sumbernya telah berubah, jadi eksekusi tidak dapat dilanjutkan dari titik terakhir. Jalankan ekspor lagi: penggantian semua anggota akan melengkapi audiens.',
  'The staged chunks of this run are gone, and a new scan gives other ones: the source has changed since, or version {0} of the identifier rules, which is used now, reads it in another way than version {1} did. Run the export again: a replace makes the audience whole.':
    'File bagian yang disiapkan eksekusi ini sudah tidak ada, dan pembacaan ulang memberikan hasil yang berbeda: sumbernya telah berubah, atau aturan pengenal versi {0} yang kini digunakan membacanya dengan cara yang berbeda dari versi {1}. Jalankan ekspor lagi: penggantian semua anggota akan melengkapi audiens.',
  'Interrupted: nothing was sent to LINE.': 'Terputus: tidak ada yang dikirim ke LINE.',
  'Interrupted: {0} of {1} chunks are finished at LINE, so the audience is not complete until you go on.':
    'Terputus: {0} dari {1} file bagian selesai di LINE, jadi audiens belum lengkap sampai Anda melanjutkannya.',
  'There is no room left for the staged chunks in {0}; those of this run were removed. Free some space (65 bytes a member), then start again.':
    'Tidak ada ruang lagi untuk file bagian yang disiapkan di {0}; milik eksekusi ini telah dihapus. Kosongkan ruang (65 byte per anggota), lalu mulai lagi.',
  'The staged chunks could not be written to {0} ({1}).':
    'File bagian yang disiapkan tidak dapat ditulis ke {0} ({1}).',
  'The staging worker was stopped.': 'Worker penyiapan dihentikan.',
  'The staging worker failed.': 'Worker penyiapan gagal.',
  'The staging worker stopped.': 'Worker penyiapan berhenti.',
  'Staging was interrupted.': 'Penyiapan terputus.',
  'The lines that were staged before did not come out the same.':
    'Baris yang disiapkan kali ini berbeda dari yang disiapkan sebelumnya.',
  'A chunk must have room for at least one record of {0} bytes, not {1} records and {2} bytes.':
    'Satu file bagian harus memuat setidaknya satu data berukuran {0} byte, bukan {1} data dan {2} byte.',
  'The source has more members than one run can hold (some 350 million). Split the source, and append the parts.':
    'Jumlah anggota di sumber melebihi kapasitas satu eksekusi (sekitar 350 juta). Bagi sumbernya, lalu tambahkan bagiannya satu per satu.',
  'The source gave a value without saying whose it is.':
    'Sumber memberikan nilai tanpa menyebutkan pemiliknya.',
  'The default country {0} has no phone numbers; give two letters such as JP, TW or TH.':
    'Negara default {0} tidak memiliki nomor telepon; masukkan dua huruf seperti JP, TW, atau TH.',
  'The staged chunk {0} cannot be read any more, so it was not sent. Run the export again.':
    'File bagian {0} yang disiapkan tidak dapat dibaca lagi, jadi tidak dikirim. Jalankan ekspor lagi.',
  'The staged chunk {0} is not what this run wrote, so it was not sent. Run the export again.':
    'File bagian {0} yang disiapkan bukan hasil eksekusi ini, jadi tidak dikirim. Jalankan ekspor lagi.',
  'LINE took chunk {0} of {1} but its job has not come to its end ({2}) after {3} minutes. Go on later: the run then waits for the same job.':
    'LINE menerima file bagian {0} dari {1}, tetapi pekerjaannya belum selesai ({2}) setelah {3} menit. Lanjutkan nanti: eksekusi akan menunggu pekerjaan yang sama.',
  'LINE is still working on another upload to audience {0} ({1}, {2}), so nothing was sent. Go on later.':
    'LINE masih memproses unggahan lain ke audiens {0} ({1}, {2}), jadi tidak ada yang dikirim. Lanjutkan nanti.',
  'LINE’s upload job for chunk {0} of {1} failed: {2}.':
    'Pekerjaan unggah LINE untuk file bagian {0} dari {1} gagal: {2}.',
  'LINE’s upload job for chunk {0} of {1} failed.':
    'Pekerjaan unggah LINE untuk file bagian {0} dari {1} gagal.',
  'The audience holds chunks 1 to {0} of {1} for now.':
    'Untuk saat ini audiens berisi file bagian 1 sampai {0} dari {1}.',
  'Continue the run to send the chunk again. If it fails again, ask LINE with the ID of the job.':
    'Lanjutkan eksekusi untuk mengirim file bagian itu lagi; jika gagal lagi, hubungi LINE dan sebutkan ID pekerjaannya.',
  '{0} phone numbers begin with 0, so they lack a country code and LINE will hardly match them.':
    '{0} nomor telepon diawali 0 dan tidak memiliki kode negara, sehingga LINE hampir tidak dapat mencocokkannya.',
  '{0} values look like numbers that a spreadsheet has damaged: {1} ended in .0 and were repaired, {2} have an exponent such as E+11, so their last digits are lost and they were skipped.':
    '{0} nilai tampak seperti nomor yang rusak oleh aplikasi spreadsheet: {1} berakhiran .0 dan telah diperbaiki, {2} memuat eksponen seperti E+11 sehingga digit akhirnya hilang dan dilewati.',
  'The field mixes {0} values that were hashed already with {1} plain ones. Hashed ones are sent unchanged: make sure that they were normalised first.':
    'Kolom ini memuat {0} nilai yang sudah di-hash dan {1} nilai yang belum. Nilai yang sudah di-hash dikirim apa adanya: pastikan nilainya dinormalkan sebelum di-hash.',
  '{0} hashes are written in upper case and are sent unchanged; LINE’s examples are in lower case. If nobody matches, write them in lower case.':
    '{0} hash ditulis dengan huruf besar dan dikirim apa adanya; contoh dari LINE menggunakan huruf kecil. Jika tidak ada yang cocok, tulis dengan huruf kecil.',
  '{0} mobile advertising ids are sent hashed; LINE’s reference describes raw ones.':
    '{0} ID iklan dikirim dalam bentuk hash, sedangkan dokumentasi LINE menyebut ID mentah.',
  'LINE finished with the remark {0} (chunks: {1}).': 'LINE selesai dengan catatan {0} (file bagian: {1}).',
  'LINE processed {0} of the {1} records (chunks: {2}).':
    'LINE memproses {0} dari {1} data (file bagian: {2}).',
  'LINE shows the audience as {0} with an estimated size of {1}: it matched nobody so far.':
    'LINE menampilkan audiens sebagai {0} dengan perkiraan ukuran {1}: belum ada anggota yang cocok.',
  'Hashed advertising ids may be the cause: try raw ones.':
    'Penyebabnya mungkin ID iklan yang di-hash: coba kirim yang mentah.',
  'Check that the field holds what the identifier type says.':
    'Pastikan isi kolom sesuai dengan jenis pengenal.',
  'LINE does not accept this access key and secret key together. Check both.':
    'LINE tidak menerima pasangan Kunci Akses dan Kunci Rahasia ini. Periksa keduanya.',
  "The access key's role lacks this operation; uploads need the role Data Provider (General).":
    'Peran Kunci Akses ini tidak mencakup operasi ini; unggahan memerlukan peran Data Provider (General).',
  'The ad account has not been linked to your group.': 'Akun iklan ini belum terhubung dengan grup Anda.',
  'Check the ad account id.': 'Periksa ID akun iklan.',
  'Check the group id.': 'Periksa ID grup.',
  'The ad account has no such custom audience.': 'Akun iklan ini tidak memiliki Audiens Khusus tersebut.',
  'The name is too long; LINE takes 120 characters.':
    'Nama terlalu panjang; LINE menerima maksimal 120 karakter.',
  'A custom audience of this name exists already; use its id.':
    'Audiens Khusus dengan nama ini sudah ada; gunakan ID-nya.',
  'The ad account holds as many custom audiences as LINE allows.':
    'Jumlah Audiens Khusus di akun iklan ini sudah mencapai batas LINE.',
  'An ad group still targets it.': 'Masih ada grup iklan yang menargetkannya.',
  'A lookalike audience is still made from it.': 'Masih ada audiens serupa yang dibuat darinya.',
  'The source audience matches too few people.':
    'Jumlah orang yang cocok dengan audiens sumber terlalu sedikit.',
  'The lines of the file are not in the form of its identifier type.':
    'Isi baris dalam file tidak sesuai dengan jenis pengenalnya.',
  'The file has too many lines; send it in smaller parts.':
    'File memiliki terlalu banyak baris; kirim dalam bagian yang lebih kecil.',
  'The file is empty.': 'File ini kosong.',
  'The file is too large; LINE takes 60 MiB.': 'File terlalu besar; LINE menerima maksimal 60 MiB.',
  'LINE is processing this audience; try again later.': 'LINE sedang memproses audiens ini; coba lagi nanti.',
  'the connection was refused': 'koneksi ditolak',
  'the host name is unknown': 'nama host tidak dikenal',
  'the host name could not be looked up': 'nama host tidak dapat ditemukan di DNS',
  'there is no route to the host': 'tidak ada rute ke host',
  'there is no network': 'tidak ada jaringan',
  'the host did not take the connection in time': 'host tidak menerima koneksi tepat waktu',
  'the connection was reset': 'koneksi diputus oleh host',
  'the connection was closed while sending': 'koneksi ditutup saat mengirim',
  'the connection was closed before the answer': 'koneksi ditutup sebelum ada jawaban',
  'no answer came in time': 'tidak ada jawaban tepat waktu',
  'the answer stopped half-way': 'jawaban berhenti di tengah jalan',
  'fetch does not allow this port': 'port ini tidak diizinkan',
  'its certificate is not trusted': 'sertifikatnya tidak dipercaya',
  'the connection failed': 'koneksi gagal',
  'It was tried {0} times.': 'Sudah dicoba {0} kali.',
  'The scan was stopped.': 'Pembacaan dihentikan.',
  '{0} is cut off: the {1} data ends too early. Copy or download the file again.':
    '{0} terpotong: data {1} berakhir terlalu cepat. Salin atau unduh filenya lagi.',
  '{0} is damaged: it does not decompress as {1}. Copy or download the file again.':
    '{0} rusak: tidak dapat didekompresi sebagai {1}. Salin atau unduh filenya lagi.',
  '{0} has no header: its first row does not end, or a quote in it is never closed.':
    '{0} tidak memiliki baris judul: baris pertamanya tidak berakhir, atau ada tanda kutip yang tidak ditutup.',
  '{0} has several columns named "{1}": which one is meant cannot be told. Rename one.':
    '{0} memiliki beberapa kolom bernama “{1}”: tidak jelas yang mana. Ganti nama salah satunya.',
  '{0} needs more memory than Lineup gives to reading. Write it with smaller row groups (100,000 rows), or as CSV.':
    '{0} memerlukan memori lebih dari yang disediakan Lineup untuk membaca. Tulis dengan grup baris yang lebih kecil (100.000 baris), atau sebagai CSV.',
  '{0} holds text that is not valid UTF-8.': '{0} berisi teks yang bukan UTF-8 yang valid.',
  '{0} is compressed as {1}, which cannot be read in Parquet. Write it with Zstandard, Snappy, gzip or LZ4_RAW.':
    '{0} dikompresi sebagai {1}, yang tidak dapat dibaca dalam Parquet. Tulis dengan Zstandard, Snappy, gzip, atau LZ4_RAW.',
  '{0}: the field is written in the encoding {1}, which cannot be read for its type. Write the file without that encoding, or the field as text.':
    '{0}: kolom ditulis dengan encoding {1}, yang tidak dapat dibaca untuk tipenya. Tulis file tanpa encoding itu, atau kolomnya sebagai teks.',
  '{0} cannot be read as Parquet: it is damaged, cut off, or of another format.':
    '{0} tidak dapat dibaca sebagai Parquet: rusak, terpotong, atau berformat lain.',
  'Encoding "{0}" is not known. Common ones are utf-8, {1}.':
    'Encoding “{0}” tidak dikenal. Yang umum: utf-8, {1}.',
  'in its header': 'di baris judul',
  'at row {0}': 'di baris {0}',
  '{0} is not valid UTF-8 ({1}).': '{0} bukan UTF-8 yang valid ({1}).',
  '{0} looks like {1}, but not all of it fits that encoding ({2}).':
    '{0} tampak seperti {1}, tetapi tidak semuanya sesuai dengan encoding itu ({2}).',
  'Choose its encoding, or save the file as UTF-8.': 'Pilih encoding-nya, atau simpan file sebagai UTF-8.',
  'The first row of {0} looks like a member, not like the names of columns. Choose that it has no header, or write names above it.':
    'Baris pertama {0} tampak seperti data anggota, bukan nama kolom. Pilih tanpa baris judul, atau tulis nama kolom di atasnya.',
  'File options are for files only.': 'Opsi file hanya untuk file.',
  '{0} does not fit the encoding {1} ({2}).': '{0} tidak sesuai dengan encoding {1} ({2}).',
  'Format "{0}" is not known: it is one of {1}.': 'Format “{0}” tidak dikenal: pilihannya {1}.',
  '{0} looks like a JSON array: write one object a line.':
    '{0} tampak seperti array JSON: tulis satu objek per baris.',
  '{0} looks like XML or HTML.': '{0} tampak seperti XML atau HTML.',
  'The format of {0} cannot be told by its name or content.':
    'Format {0} tidak dapat dikenali dari nama atau isinya.',
  '{0} is not a text file but {1}.': '{0} bukan file teks ({1}).',
  '{0} holds too many zero bytes for text in UTF-8: it may be UTF-16.':
    '{0} berisi terlalu banyak byte nol untuk teks UTF-8: mungkin UTF-16.',
  '{0} is not a text file: it holds binary data.': '{0} bukan file teks: berisi data biner.',
  '{0}: {1}// is not supported. Use https://, s3://, a path, or - for standard input.':
    '{0}: {1}// tidak didukung. Gunakan https://, s3://, jalur, atau - untuk input standar.',
  '{0} does not exist (HTTP {1}).': '{0} tidak ada (HTTP {1}).',
  '{0} may not be read: the server refuses it (HTTP {1}).':
    '{0} tidak boleh dibaca: akses ditolak oleh server (HTTP {1}).',
  '{0} could not be fetched: the server answered HTTP {1}.':
    '{0} tidak dapat diambil: server menjawab HTTP {1}.',
  '{0}: the server stayed silent for too long.': '{0}: server terlalu lama tidak merespons.',
  '{0} could not be fetched: {1} ({2}).': '{0} tidak dapat diambil: {1} ({2}).',
  "{0} could not be fetched: the certificate of {1} is not trusted ({2}). Renew it, or name its authority's certificate in NODE_EXTRA_CA_CERTS.":
    '{0} tidak dapat diambil: sertifikat {1} tidak dipercaya ({2}). Perbarui, atau sebutkan sertifikat otoritasnya di NODE_EXTRA_CA_CERTS.',
  'no encrypted connection to {0} comes about': 'koneksi terenkripsi ke {0} gagal dibuat',
  'there is no host {0}': 'tidak ada host {0}',
  'the name server does not tell where {0} is': 'server DNS tidak dapat menemukan {0}',
  'nothing answers at {0}': 'tidak ada yang menjawab di {0}',
  'the connection did not come about, or broke before the end of the file':
    'koneksi gagal dibuat, atau terputus sebelum akhir file',
  '{0}: the connection broke before the end of the file.': '{0}: koneksi terputus sebelum akhir file.',
  '{0} sends on from one place to the next without end.': '{0} terus dialihkan tanpa akhir.',
  '{0} sends on to something that is no URL.': '{0} mengalihkan ke sesuatu yang bukan URL.',
  '{0}: the server gave a part of the file instead of the whole.':
    '{0}: server memberikan sebagian file, bukan seluruhnya.',
  '{0} arrives encoded ({1}): have the server send it as it is, or as gzip.':
    '{0} diterima dalam bentuk ter-encode ({1}): atur agar server mengirimnya apa adanya, atau sebagai gzip.',
  '{0}: the server does not tell how long the file is, so a broken connection would look like its end. Have it send Content-Length.':
    '{0}: server tidak memberi tahu ukuran file, jadi koneksi yang terputus akan tampak seperti akhir file. Minta server mengirim Content-Length.',
  '{0} was changed while it was read. Start again.': '{0} berubah saat dibaca. Mulai lagi.',
  '{0} cannot be read: Lineup’s user has no permission to read it.':
    '{0} tidak dapat dibaca: pengguna Lineup tidak memiliki izin membacanya.',
  '{0} cannot be read: the system answered {1}.': '{0} tidak dapat dibaca: sistem menjawab {1}.',
  'Did you mean {0}?': 'Apakah maksud Anda {0}?',
  '{0} is not NDJSON: its first line is no JSON object.':
    '{0} bukan NDJSON: baris pertamanya bukan objek JSON.',
  'Opening the source was stopped.': 'Pembukaan sumber dihentikan.',
  '{0} is empty: there is nothing in it.': '{0} kosong: tidak ada isinya.',
  'Parquet cannot be read from a stream: its directory is at its end. Save it to a file first.':
    'Parquet tidak dapat dibaca dari stream: direktorinya ada di akhir. Simpan ke file terlebih dahulu.',
  '{0} is damaged or cut off: it cannot be read as an Excel workbook. Copy or download the file again, or open it in Excel and save it again.':
    '{0} rusak atau terpotong: tidak dapat dibaca sebagai buku kerja Excel. Salin atau unduh filenya lagi, atau buka di Excel lalu simpan kembali.',
  '{0} is too large for a workbook: a sheet, or the texts of all sheets, unpack to more than {1} MB. Save the sheet as CSV UTF-8.':
    '{0} terlalu besar untuk buku kerja: satu lembar, atau teks semua lembar, melebihi {1} MB setelah diekstrak. Simpan lembarnya sebagai CSV UTF-8.',
  '{0} is a workbook of more than {1} MB: one that comes from a stream, a URL or a compressed file is read into memory. Save it to a file first, or give CSV.':
    '{0} adalah buku kerja berukuran lebih dari {1} MB: buku kerja dari stream, URL, atau file terkompresi dibaca ke memori. Simpan ke file terlebih dahulu, atau gunakan CSV.',
  '{0} has more rows, columns or characters in a cell than Excel allows. Save the sheet as CSV UTF-8.':
    '{0} memiliki lebih banyak baris, kolom, atau karakter dalam sel daripada yang diizinkan Excel. Simpan lembarnya sebagai CSV UTF-8.',
  '{0} has no sheet with cells.': '{0} tidak memiliki lembar dengan sel.',
  '{0} has no sheet "{1}". It has {2}.': '{0} tidak memiliki lembar “{1}”. Yang ada: {2}.',
  '{0} is not an Excel workbook (.xlsx), so it has no sheet "{1}".':
    '{0} bukan buku kerja Excel (.xlsx), jadi tidak memiliki lembar “{1}”.',
  '{0} is not an Excel workbook (.xlsx).': '{0} bukan buku kerja Excel (.xlsx).',
  '{0} is an Excel workbook, and the format given is {1}: leave it out.':
    '{0} adalah buku kerja Excel, tetapi format yang diberikan {1}: hilangkan format itu.',
  '{0} is not a Parquet file.': '{0} bukan file Parquet.',
  '{0}: of s3:// only Parquet can be read.': '{0}: dari s3:// hanya Parquet yang dapat dibaca.',
  '{0} matches files of different formats: {1} and {2}. Name one kind.':
    '{0} cocok dengan file berformat berbeda: {1} dan {2}. Sebutkan satu jenis saja.',
  'The field "{0}" of {1} is of type {2}: its values must be texts or numbers, or a list of them.':
    'Kolom “{0}” dari {1} berjenis {2}: nilainya harus berupa teks atau angka, atau daftar teks atau angka.',
  '{0} is Parquet, which is read in shared memory so that nothing of it gets onto a disk, and this machine has none ({1}). Give CSV or NDJSON instead.':
    '{0} adalah Parquet, yang dibaca di memori bersama agar tidak ada yang tertulis ke disk, dan mesin ini tidak memilikinya ({1}). Berikan CSV atau NDJSON saja.',
  '{0} is no Parquet file, or is cut off.': '{0} bukan file Parquet, atau terpotong.',
  '{0} is Parquet, and a part of {1} MB finds no room in shared memory ({2}). Give this machine more (of a container: its shm_size), or give CSV.':
    '{0} adalah Parquet, dan bagian sebesar {1} MB tidak muat di memori bersama ({2}). Beri mesin ini lebih banyak (pada kontainer: shm_size), atau berikan CSV.',
  '{0}, row {1}': '{0}, baris {1}',
  '{0}: the number of fields is {1}, where the header has {2}. A shifted row would send wrong values: correct it, or quote values that hold the delimiter.':
    '{0}: jumlah kolomnya {1}, sedangkan baris judul memiliki {2}. Baris yang bergeser akan mengirim nilai yang salah: perbaiki, atau beri tanda kutip pada nilai yang memuat pemisah.',
  '{0}: text follows a closing quote. Quotes inside a quoted value must be doubled.':
    '{0}: ada teks setelah tanda kutip penutup. Tanda kutip di dalam nilai berkutip harus digandakan.',
  '{0}: a quoted value begins that is never closed.': '{0}: ada nilai berkutip yang tidak pernah ditutup.',
  '{0}: the row is longer than 64 MiB. Is a quote never closed?':
    '{0}: baris lebih panjang dari 64 MiB. Apakah ada tanda kutip yang tidak ditutup?',
  '{0}: the line is not a JSON object. NDJSON has one whole object on each line.':
    '{0}: baris ini bukan objek JSON. NDJSON berisi satu objek utuh di setiap baris.',
  '{0}: the field holds an object or a list of lists. Its values must be texts or numbers, or a list of them.':
    '{0}: kolom berisi objek atau daftar bersarang. Nilainya harus berupa teks atau angka, atau daftar teks atau angka.',
  '{0} was read already, and cannot be read again.': '{0} sudah dibaca, dan tidak dapat dibaca lagi.',
  '{0} has no field "{1}". It has {2}.': '{0} tidak memiliki kolom “{1}”. Yang ada: {2}.',
  'Did you mean "{0}"?': 'Apakah maksud Anda “{0}”?',
  '{0} seems to have no header, for its first row looks like a member. That row is counted, and the columns are called by their place: column 1, column 2, … Choose one of these, or write names above the first row.':
    'Baris pertama {0} tampak seperti data anggota, jadi file ini sepertinya tidak memiliki baris judul. Baris itu ikut dihitung, dan kolom dinamai menurut letaknya: column 1, column 2, … Pilih salah satunya, atau tulis nama kolom di atas baris pertama.',
  '{0} has fields whose names look like members, or are longer than a name is. They are left out.':
    '{0} memiliki kolom yang namanya tampak seperti data anggota atau terlalu panjang. Kolom itu tidak disertakan.',
  '{0} has {1} columns, and Lineup reads files of at most {2}. Is it of another format, or has it another delimiter?':
    '{0} memiliki {1} kolom, sedangkan Lineup membaca file dengan maksimal {2} kolom. Apakah format atau pemisahnya berbeda?',
  'The source did not answer within {0} seconds.': 'Sumber tidak menjawab dalam {0} detik.',
  'The source describes itself with more than {0} MB of text, which is more than Lineup takes. Give it fewer fields, or shorter names.':
    'Keterangan sumber ini lebih dari {0} MB, melebihi yang dapat diterima Lineup. Kurangi kolomnya atau gunakan nama yang lebih pendek.',
  'The service is reading as many sources as it can. Try again in a minute.':
    'Layanan sedang membaca sumber sebanyak kapasitasnya. Coba lagi dalam satu menit.',
  'Reading the source was stopped.': 'Pembacaan sumber dihentikan.',
  'The service is stopping.': 'Layanan sedang berhenti.',
  'The process that would read the source could not be started. Try again in a while.':
    'Proses untuk membaca sumber tidak dapat dimulai. Coba lagi nanti.',
  'Nothing of the file was kept. Check what is in it before you upload it again.':
    'File ini tidak disimpan. Periksa isinya sebelum mengunggahnya lagi.',
  'This source is in quarantine since {0}.': 'Sumber ini dikarantina sejak {0}.',
  'Reading it took more memory than one reader may have.':
    'Pembacaannya memerlukan memori lebih dari batas satu proses pembaca.',
  'Reading it kept the reader busy without end.': 'Proses pembaca terus sibuk tanpa pernah selesai.',
  'The system ended the reader ({0}), probably because it had too little memory left.':
    'Sistem menghentikan proses pembaca ({0}), kemungkinan karena memori hampir habis.',
  'Reading it met an error that Lineup did not expect ({0}).':
    'Terjadi kesalahan tak terduga saat membacanya ({0}).',
  'Reading it made the reader crash ({0}).': 'Pembacaannya membuat proses pembaca berhenti mendadak ({0}).',
  'Lineup does not connect to this source by itself any more. Check the server, then verify the authorization to try again.':
    'Lineup tidak lagi terhubung ke sumber ini secara otomatis. Periksa servernya, lalu verifikasi otorisasinya untuk mencoba lagi.',
  'Lineup does not read this source by itself any more. Check what is in it, then preview it or run its job to try again.':
    'Lineup tidak lagi membaca sumber ini secara otomatis. Periksa isinya, lalu buka pratinjau atau jalankan pekerjaannya untuk mencoba lagi.',
  'Lytics did not answer within {0} seconds.': 'Lytics tidak menjawab dalam {0} detik.',
  'Lytics answered {0}.': 'Lytics menjawab {0}.',
  'Lytics answered {0}: {1}.': 'Lytics menjawab {0}: {1}.',
  'Lytics answered {0}, but not in JSON.': 'Lytics menjawab {0}, tetapi bukan dalam JSON.',
  'Lytics answered with more than {0} MB, which is not read.':
    'Jawaban Lytics lebih dari {0} MB sehingga tidak dibaca.',
  'Lytics has a certificate at {0} that is not trusted ({1}).':
    'Sertifikat Lytics di {0} tidak dipercaya ({1}).',
  'Lytics could not be reached at {0}, or the connection broke ({1}).':
    'Lytics tidak dapat dihubungi di {0}, atau koneksinya terputus ({1}).',
  'The request to Lytics was stopped.': 'Permintaan ke Lytics dihentikan.',
  'Lytics answered in a form that Lineup does not understand ({0}). Is the origin that of Lytics?':
    'Lytics menjawab dalam format yang tidak dikenali Lineup ({0}). Apakah alamat API tersebut milik Lytics?',
  'Lytics has no audience "{0}" in the account of this token: it was deleted, or belongs to another account.':
    'Lytics tidak memiliki audiens “{0}” di akun token ini: sudah dihapus, atau milik akun lain.',
  'Lytics no longer knows where the scan of "{0}" stood. It must begin anew.':
    'Lytics tidak lagi mengenali posisi terakhir pembacaan “{0}”. Pembacaan harus diulang dari awal.',
  'The Lytics API token is empty, or holds a space or a character that no token has: copy it again.':
    'Token API Lytics kosong, atau berisi spasi atau karakter yang tidak mungkin ada dalam token: salin ulang.',
  'The Lytics origin is not a usable URL: give one like https://api.lytics.io, without a path.':
    'Alamat API Lytics bukan URL yang dapat digunakan: masukkan URL seperti https://api.lytics.io, tanpa jalur.',
  'Lytics does not accept the API token: it is wrong, expired or was revoked. Enter a new one in the authorization.':
    'Lytics tidak menerima token API: salah, kedaluwarsa, atau dicabut. Masukkan yang baru di otorisasi.',
  'The role of the Lytics API token does not allow to read this ({0}). Give the token a role that may read audiences, fields and profiles.':
    'Peran token API Lytics tidak mengizinkan membaca ini ({0}). Beri token peran yang boleh membaca audiens, kolom, dan profil.',
  '{0} was tried {1} times.': '{0} sudah dicoba {1} kali.',
  'Try again later.': 'Coba lagi nanti.',
  'The Lytics audience "{0}" is one of the table {1}, not of members.':
    'Audiens Lytics “{0}” berasal dari tabel {1}, bukan dari anggota.',
  'Lytics calls the audience "{0}" invalid ({1}). Correct it in Lytics.':
    'Lytics menyatakan audiens “{0}” tidak valid ({1}). Perbaiki di Lytics.',
  'Lytics gives the same members again and again, and fewer than it counts itself. Try again; if it stays so, tell Lytics.':
    'Lytics terus memberikan anggota yang sama, dan jumlahnya kurang dari hitungan Lytics sendiri. Coba lagi; jika tetap begitu, beri tahu Lytics.',
  'Lytics gives every page under the same cursor, so a scan that was broken off cannot go on. It must begin anew.':
    'Lytics memberikan kursor yang sama untuk setiap halaman, jadi pembacaan yang terputus tidak dapat dilanjutkan. Pembacaan harus diulang dari awal.',
  'What was kept of the scan is no place in it. It must begin anew.':
    'Posisi pembacaan yang tersimpan tidak valid. Pembacaan harus diulang dari awal.',
  'The field "{0}" of Lytics is of type {1}: an identifier is in a field of type string, []string or ts[]string.':
    'Kolom “{0}” di Lytics berjenis {1}: pengenal berada di kolom berjenis string, []string, atau ts[]string.',
  'The field "{0}" holds {1}: its values must be texts or lists of texts.':
    'Kolom “{0}” berisi {1}: nilainya harus teks atau daftar teks.',
  'There is no table or view {0} that this user may read.':
    'Tidak ada tabel atau view {0} yang boleh dibaca pengguna ini.',
  'it is empty': 'kosong',
  'it holds a NUL character': 'berisi karakter NUL',
  'it is longer than {0} characters': 'panjangnya lebih dari {0} karakter',
  'line {0}, column {1}: {2}': 'baris {0}, kolom {1}: {2}',
  'line {0}, column {1}, at "{2}": {3}': 'baris {0}, kolom {1}, pada “{2}”: {3}',
  'this is not possible in a query that only reads':
    'ini tidak dapat dilakukan dalam kueri yang hanya membaca',
  'there is no such schema': 'skema itu tidak ada',
  'this is a syntax error': 'ini kesalahan sintaks',
  'two columns have this name: write the table’s name before it':
    'dua kolom bernama ini: tulis nama tabel di depannya',
  'there is no such column': 'kolom itu tidak ada',
  'there is no such type or collation': 'tipe atau kolasi itu tidak ada',
  'two tables have this name: give one another name with AS':
    'dua tabel bernama ini: beri salah satunya nama lain dengan AS',
  'several functions or operators fit: convert a value with :: or CAST':
    'beberapa fungsi atau operator cocok: ubah tipe nilainya dengan :: atau CAST',
  'a column must be in GROUP BY or in an aggregate function':
    'kolom harus ada di GROUP BY atau di dalam fungsi agregat',
  'the types do not fit together: convert one of them with :: or CAST':
    'tipenya tidak cocok: ubah salah satunya dengan :: atau CAST',
  'there is no conversion between these types': 'tidak ada konversi antara tipe-tipe ini',
  'there is no such function or operator for these types: convert a value with :: or CAST':
    'tidak ada fungsi atau operator seperti itu untuk tipe-tipe ini: ubah tipe nilainya dengan :: atau CAST',
  'it holds a parameter like $1, and there is no value for it':
    'ada parameter seperti $1, dan tidak ada nilainya',
  'the type of a value is not clear: convert it with :: or CAST':
    'tipe sebuah nilai tidak jelas: ubah dengan :: atau CAST',
  'a value in quotes does not fit its type': 'nilai dalam tanda kutip tidak sesuai dengan tipenya',
  'it is too long or too complex for the server': 'terlalu panjang atau terlalu rumit bagi server',
  'the server does not accept it ({0})': 'server tidak menerimanya ({0})',
  'what answers there does not speak PostgreSQL’s protocol as it should. Check host and port':
    'yang menjawab di sana tidak menggunakan protokol PostgreSQL sebagaimana mestinya. Periksa host dan port',
  'the server sent more than was asked for': 'server mengirim lebih banyak dari yang diminta',
  'signing in failed: the server does not do it as it should':
    'gagal masuk: server tidak melakukannya sebagaimana mestinya',
  'This query cannot be used: {0}. It must be one SELECT (or WITH … SELECT) that the user of this connection may run.':
    'Kueri ini tidak dapat digunakan: {0}. Harus berupa satu SELECT (atau WITH … SELECT) yang boleh dijalankan pengguna koneksi ini.',
  "a value is not text in the encoding that the database claims. A query can convert it: convert_from(field::bytea, 'SJIS')":
    "ada nilai yang bukan teks dalam encoding yang dinyatakan basis data. Kueri dapat mengonversinya: convert_from(field::bytea, 'SJIS')",
  'a value holds a character that UTF-8 does not have':
    'ada nilai berisi karakter yang tidak ada dalam UTF-8',
  'it would change something, and members are only ever read':
    'ini akan mengubah sesuatu, padahal anggota hanya dibaca',
  'the server refuses this user from here, or without TLS, as its pg_hba.conf says: check the user and sslmode':
    'server menolak pengguna ini dari sini, atau tanpa TLS, sesuai pg_hba.conf: periksa pengguna dan sslmode',
  'the server refuses this user or password': 'server menolak pengguna atau kata sandi ini',
  'there is no database of that name': 'tidak ada basis data dengan nama itu',
  'this server is a standby, and cancelled what stood in the way of its updates. Read from the primary, or raise max_standby_streaming_delay':
    'server ini adalah server cadangan (standby), dan membatalkan kueri yang menghalangi pembaruannya. Baca dari server utama, atau naikkan max_standby_streaming_delay',
  'this user may not read all of it: GRANT SELECT on the table, and USAGE on its schema':
    'pengguna ini tidak boleh membaca semuanya: GRANT SELECT pada tabel, dan USAGE pada skemanya',
  'two of its fields have this name: give one another name with AS':
    'dua kolomnya bernama sama: beri salah satunya nama lain dengan AS',
  'there is no such table or view': 'tabel atau view itu tidak ada',
  'the server has no connection left': 'server tidak memiliki koneksi tersisa',
  'the table is locked, and stayed so for too long': 'tabel terkunci terlalu lama',
  'it took longer than is allowed, or somebody cancelled it at the server':
    'waktunya melebihi batas, atau dibatalkan di server',
  'the server was shut down, or its administrator ended the connection':
    'server dimatikan, atau administratornya mengakhiri koneksi',
  'the server crashed': 'server berhenti mendadak',
  'the server is starting up or shutting down': 'server sedang dinyalakan atau dimatikan',
  'its host name cannot be looked up at the moment': 'nama host-nya saat ini tidak dapat dicari',
  'nothing listens there': 'tidak ada layanan yang aktif di sana',
  'there is no such socket': 'soket itu tidak ada',
  'its host name is not known': 'nama host-nya tidak dikenal',
  'its certificate has expired': 'sertifikatnya kedaluwarsa',
  'its certificate is for another name. Use that name, or give its authority’s certificate and sslmode=verify-ca':
    'sertifikatnya untuk nama lain. Gunakan nama itu, atau berikan sertifikat otoritasnya dan sslmode=verify-ca',
  'its certificate is not from an authority that is known here. Give that authority’s certificate, or use sslmode=require, which encrypts without knowing with whom':
    'sertifikatnya bukan dari otoritas yang dikenal di sini. Masukkan sertifikat otoritas itu, atau gunakan sslmode=require, yang mengenkripsi tanpa memeriksa identitas server',
  'the connection was cut': 'koneksi terputus',
  '{0} cannot be read: {1}.': '{0} tidak dapat dibaca: {1}.',
  'the server has trouble ({0})': 'server sedang bermasalah ({0})',
  'it speaks no TLS. Turn that on at the server, or use sslmode=disable where the network between is trusted':
    'tidak mendukung TLS. Aktifkan di server, atau gunakan sslmode=disable jika jaringannya tepercaya',
  'no TLS connection could be agreed on': 'koneksi TLS gagal dibuat',
  'the server asks for a password, and the URL has none':
    'server meminta kata sandi, dan URL tidak memuatnya',
  'it did not answer in time': 'tidak menjawab tepat waktu',
  'the connection failed ({0})': 'koneksi gagal ({0})',
  'the server reports the error {0} (PostgreSQL’s manual, appendix A)':
    'server melaporkan kesalahan {0} (manual PostgreSQL, lampiran A)',
  'The field "{0}" of {1} is of type {2}: its values must be texts or numbers, or a list of them. A query can take one out, e.g. profile->>\'email\'.':
    "Kolom “{0}” dari {1} berjenis {2}: nilainya harus berupa teks atau angka, atau daftar teks atau angka. Kueri dapat mengambil satu nilai, misalnya profile->>'email'.",
  'This is no name of a table: write it like members, crm.members or "CRM"."Members of 2026".':
    'Ini bukan nama tabel: tulis seperti members, crm.members, atau "CRM"."Members of 2026".',
  'Reading PostgreSQL was stopped.': 'Pembacaan PostgreSQL dihentikan.',
  'This is no PostgreSQL URL: give one like {0}, with % codes for the characters : / ? # [ ] @ % in a password.':
    'Ini bukan URL PostgreSQL: masukkan URL seperti {0}, dengan kode % untuk karakter : / ? # [ ] @ % di kata sandi.',
  'The PostgreSQL URL names no user: give one like {0}.':
    'URL PostgreSQL tidak memuat pengguna: masukkan URL seperti {0}.',
  'The PostgreSQL URL holds a NUL character.': 'URL PostgreSQL berisi karakter NUL.',
  'The certificate file {0} (sslrootcert) cannot be read.':
    'File sertifikat {0} (sslrootcert) tidak dapat dibaca.',
  'The PostgreSQL URL names a certificate file (sslrootcert): give the certificate itself beside the URL.':
    'URL PostgreSQL menyebut file sertifikat (sslrootcert): masukkan isi sertifikatnya di samping URL.',
  'The PostgreSQL URL has the parameter "{0}", which is not known here; those known are {1}.':
    'URL PostgreSQL memuat parameter “{0}” yang tidak dikenal; yang dikenal: {1}.',
  'The {0} of the PostgreSQL URL must be a whole number from 1 to {1}.':
    '{0} pada URL PostgreSQL harus berupa bilangan bulat dari 1 sampai {1}.',
  'sslmode=verify-ca needs the certificate of the authority: anybody can have one from a public authority. Give it, or use sslmode=verify-full.':
    'sslmode=verify-ca memerlukan sertifikat otoritas, karena siapa pun dapat memperoleh sertifikat dari otoritas publik. Masukkan sertifikatnya, atau gunakan sslmode=verify-full.',
  'sslmode={0} is not known here. Use verify-full (encrypted, certificate and name checked; what a URL without sslmode means, unless the server is this machine), verify-ca (the name is not checked), require (encrypted, nothing checked) or disable.':
    'sslmode={0} tidak dikenal di sini. Gunakan verify-full (terenkripsi, sertifikat dan nama diperiksa; arti URL tanpa sslmode, kecuali servernya mesin ini), verify-ca (nama tidak diperiksa), require (terenkripsi, tanpa pemeriksaan), atau disable.',
  'The CA certificate is not in PEM form: it begins with -----BEGIN CERTIFICATE-----, and must be copied whole.':
    'Sertifikat CA tidak berbentuk PEM: diawali -----BEGIN CERTIFICATE-----, dan harus disalin seluruhnya.',
  'The PostgreSQL URL holds a % that begins no code: write %25 for the character itself.':
    'URL PostgreSQL memuat % yang bukan awal kode: tulis %25 untuk karakter itu sendiri.',
  'an Excel workbook with a password; save it without one':
    'buku kerja Excel dengan kata sandi; simpan tanpa kata sandi',
  'an old Excel workbook (.xls); save it as .xlsx': 'buku kerja Excel lama (.xls); simpan sebagai .xlsx',
  'an old Office file (.xls, .doc), or an Excel workbook with a password; save it as .xlsx without one':
    'file Office lama (.xls, .doc), atau buku kerja Excel dengan kata sandi; simpan sebagai .xlsx tanpa kata sandi',
  'a binary Excel workbook (.xlsb); save it as .xlsx': 'buku kerja Excel biner (.xlsb); simpan sebagai .xlsx',
  'an OpenDocument spreadsheet; save it as .xlsx': 'spreadsheet OpenDocument; simpan sebagai .xlsx',
  'an Apple Numbers spreadsheet; export it as .xlsx': 'spreadsheet Apple Numbers; ekspor sebagai .xlsx',
  'a Word or PowerPoint file': 'file Word atau PowerPoint',
  'a ZIP archive without an Excel workbook; unpack it': 'arsip ZIP tanpa buku kerja Excel; ekstrak dahulu',
  'a PDF document': 'dokumen PDF',
  'bzip2 data; decompress it first': 'data bzip2; dekompresi dahulu',
  'LZ4 data; decompress it first, or compress it as gzip or Zstandard':
    'data LZ4; dekompresi dahulu, atau kompres sebagai gzip atau Zstandard',
  'a 7-Zip archive; unpack it': 'arsip 7-Zip; ekstrak dahulu',
  'a RAR archive; unpack it': 'arsip RAR; ekstrak dahulu',
  'xz data; decompress it first': 'data xz; dekompresi dahulu',
  'an SQLite database': 'basis data SQLite',
  'an Avro file; convert it to Parquet or NDJSON': 'file Avro; konversikan ke Parquet atau NDJSON',
  'an ORC file; convert it to Parquet or NDJSON': 'file ORC; konversikan ke Parquet atau NDJSON',
  '{0} and {1} more': '{0} dan {1} lainnya',
  none: 'tidak ada',
  'objects without a text, or with several': 'objek tanpa teks, atau dengan beberapa teks',
  objects: 'objek',
  '{0} is Parquet, which is read in parts, and the server does not tell that they are of the same file: have it send ETag and Content-Length, or give CSV or NDJSON.':
    '{0} adalah Parquet, yang dibaca per bagian, dan server tidak menyebut bahwa semuanya dari file yang sama: minta server mengirim ETag dan Content-Length, atau berikan CSV atau NDJSON.',
  '{0}: the server gives the file from its beginning alone, and a part from its middle is needed.':
    '{0}: diperlukan bagian dari tengah file, tetapi server hanya memberikannya dari awal.',
  "{0}: Parquet is read from S3 only where DuckDB's httpfs extension is installed, and it is not. Use a presigned https:// URL, or download the file first.":
    '{0}: Parquet hanya dapat dibaca dari S3 jika ekstensi httpfs DuckDB terpasang, dan ekstensi itu belum terpasang. Gunakan URL https:// yang telah ditandatangani, atau unduh filenya terlebih dahulu.',
  'The request was {0}.': 'Permintaannya {0}.',
};
