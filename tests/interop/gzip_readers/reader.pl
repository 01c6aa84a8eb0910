# Prints the SHA-256 of what Perl's IO::Uncompress::Gunzip makes of a gzip file.
use strict;
use warnings;
use Digest::SHA;
use IO::Uncompress::Gunzip qw($GunzipError);

my $input = IO::Uncompress::Gunzip->new($ARGV[0]) or die "$GunzipError\n";
my $digest = Digest::SHA->new(256);
my ($buffer, $status);
$digest->add($buffer) while ($status = $input->read($buffer, 65536)) > 0;
die "$GunzipError\n" if $status < 0;
print $digest->hexdigest, " perl:IO::Uncompress\n";
