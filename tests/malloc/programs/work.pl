# work.pl - word counts, records and patterns; prints what they came to.
# usage: perl work.pl [ROUNDS]
use strict;
use warnings;

my $seed = 12345;
sub random { $seed = ($seed * 1103515245 + 12345) % 2147483648; return ($seed >> 16) % $_[0] }

sub work {
    my %count;
    for (1 .. 60000) {
        my $word = join '', map { chr(97 + random(26)) } 1 .. 3 + random(5);
        $count{$word}++;
    }
    my @names = sort keys %count;
    print scalar(@names), " $names[0] $names[-1]\n";

    my @records = map { { id => $_, name => $names[$_ % @names], tags => [map { random(100) } 1 .. 5] } }
        1 .. 20000;
    my %by_name;
    push @{ $by_name{ $_->{name} } }, $_ for @records;
    my $sum = 0;
    $sum += $_->{tags}[2] * @{ $by_name{ $_->{name} } } for @records;
    print "$sum\n";

    my $text = join "\n", map { "$_->{id}: $_->{name} (@{$_->{tags}})" } @records;
    my $hits = () = $text =~ /^(\d+): ([a-m]+) \((\d+) /mg;
    (my $changed = $text) =~ s/(\w)(\w)/$2$1/g;
    print length($text), " $hits ", length($changed), " ", substr($changed, 1000, 30), "\n";
    my @sorted = sort { $a->{name} cmp $b->{name} || $a->{id} <=> $b->{id} } @records;
    print "$sorted[0]{id} $sorted[-1]{id}\n";
}

work() for 1 .. $ARGV[0] // 1;
