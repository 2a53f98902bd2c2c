#!/bin/sh
# certificates.sh FOLDER: makes a certificate authority (ca.pem) and a certificate of it for id.example.com
# (server.pem, server.key) in FOLDER. They are good for two days and for nothing but this example.
set -eu
umask 077
cd "$1"
subject() { echo "/O=modelgate example/CN=$1"; }
new_key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

printf 'basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:id.example.com\n' > server.ext
openssl req -x509 $new_key -days 2 -keyout ca.key -out ca.pem -subj "$(subject 'certificate authority')" \
    -addext keyUsage=critical,keyCertSign 2> openssl.log
openssl req $new_key -keyout server.key -out server.csr -subj "$(subject id.example.com)" 2>> openssl.log
openssl x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile server.ext \
    -out server.pem 2>> openssl.log
rm ca.key server.csr server.ext
