# Who we are, who they are, and where things lie. Copy this file, fill it in, and name it in AMANAH_SETTINGS.
# Everything here is read by build.sh, send.sh and answer.sh.

US=IDN                                # our party in the agreement
THEM=SAU                              # theirs
AGREEMENT=agreement.yaml              # the file that both sides signed
ENVIRONMENT=test                      # its environment: test or live
LEGAL_GROUND='as in the agreement'    # its legal_ground, without " and \

GNUPGHOME=$HOME/.gnupg                # holds our secret key and their certificate
OUR_KEY=0000000000000000000000000000000000000000    # fingerprint of the key that we sign with
THEIR_KEY=0000000000000000000000000000000000000000  # and of theirs, as the agreement names it

SFTP_HOST=exchange.example            # the exchange point
SFTP_PORT=22
SFTP_USER=idn
SFTP_KEY=$HOME/.ssh/exchange          # our SSH key
FOLDER=/idn-sau                       # the corridor's folder there: the agreement's id
KNOWN_HOSTS=known_hosts               # a file with the exchange point's host key and no other

STATE=state                           # a private folder that is kept: what was sent, and its numbers
