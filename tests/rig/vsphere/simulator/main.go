// SPDX-License-Identifier: MIT

// A vCenter or an ESXi host without the web front: govmomi's simulator with the inventory the tests want.
// The first line on stdout is JSON: {"url": ..., "datacenters": ["DC0", "F0/DC1", ...],
// "datastores": {"DC0/LocalDS_0": "/folder/that/holds/its/files"}, "browsers": {"hostdatastorebrowser-39": "DC0/LocalDS_0"},
// "references": {"DC0/LocalDS_0": "datastore-7"}, "hosts": {"DC0": "host-15"}, "machine_folders": {"DC0": "folder-3"}}.
// Datastores are folders below TMPDIR; "browsers" and "references" name the managed objects HostDatastoreBrowser and
// Datastore of each, "hosts" and "machine_folders" a HostSystem and the Folder of machines of each datacenter.
// It ends when its stdin does, so that it never outlives the test that holds the other end.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"strings"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
)

type description struct {
	URL         string            `json:"url"`
	Datacenters []string          `json:"datacenters"`
	Datastores  map[string]string `json:"datastores"`
	Browsers    map[string]string `json:"browsers"`
	References  map[string]string `json:"references"`
	Hosts       map[string]string `json:"hosts"`
	Folders     map[string]string `json:"machine_folders"`
}

// check ends the program: a rig that is half built is of no use.
func check(err error, what string) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}

// model gives each datacenter a single host: with several, the simulator lists every datastore once a host. Its machines
// are off: nothing in the datastores says that their disks are in use.
func model(kind string) *simulator.Model {
	if kind == "esx" {
		esx := simulator.ESX()
		esx.Machine, esx.Autostart = 1, false
		return esx
	}
	vpx := simulator.VPX()
	vpx.Datacenter, vpx.Folder = 2, 1 // DC0 and F0/DC1
	vpx.Host, vpx.Cluster, vpx.Portgroup, vpx.Machine, vpx.Autostart = 1, 0, 0, 1, false
	return vpx
}

func addDatastores(ctx context.Context, finder *find.Finder, names []string) {
	hosts, err := finder.HostSystemList(ctx, "*")
	check(err, "hosts")
	for _, name := range names {
		folder, err := os.MkdirTemp("", "extra-")
		check(err, "datastore folder")
		for _, host := range hosts {
			system, err := host.ConfigManager().DatastoreSystem(ctx)
			check(err, "datastore system")
			_, err = system.CreateLocalDatastore(ctx, name, folder)
			check(err, "datastore "+name)
		}
	}
}

func describe(ctx context.Context, client *vim25.Client, extra []string) description {
	found := description{Datacenters: []string{}, Datastores: map[string]string{}, Browsers: map[string]string{},
		References: map[string]string{}, Hosts: map[string]string{}, Folders: map[string]string{}}
	finder := find.NewFinder(client, false)
	datacenters, err := finder.DatacenterList(ctx, "/...")
	check(err, "datacenters")
	for index, datacenter := range datacenters {
		path := strings.TrimPrefix(datacenter.InventoryPath, "/")
		found.Datacenters = append(found.Datacenters, path)
		finder.SetDatacenter(datacenter)
		if index == 0 {
			addDatastores(ctx, finder, extra)
		}
		folders, err := datacenter.Folders(ctx)
		check(err, "folders of "+path)
		found.Folders[path] = folders.VmFolder.Reference().Value
		if hosts, err := finder.HostSystemList(ctx, "*"); err == nil { // a datacenter may be empty
			found.Hosts[path] = hosts[0].Reference().Value
		}
		stores, err := finder.DatastoreList(ctx, "/"+path+"/datastore/...")
		if _, none := err.(*find.NotFoundError); none {
			continue
		}
		check(err, "datastores of "+path)
		for _, store := range stores {
			entity := simulator.Map.Get(store.Reference()).(*simulator.Datastore)
			found.Datastores[path+"/"+entity.Name] = entity.Info.GetDatastoreInfo().Url
			found.Browsers[entity.Browser.Value] = path + "/" + entity.Name
			found.References[path+"/"+entity.Name] = entity.Self.Value
		}
	}
	return found
}

func main() {
	kind := flag.String("model", "vpx", "vpx (vCenter) or esx")
	user := flag.String("user", "administrator@vsphere.local", "the only user")
	password := flag.String("password", "secret", "and the password")
	extra := flag.String("datastores", "Data store+1", "more datastores of the first datacenter, comma-separated")
	empty := flag.String("datacenters", "Büro 2", "more datacenters, without hosts or datastores, comma-separated (vpx)")
	flag.Parse()

	ctx := context.Background()
	inventory := model(*kind)
	check(inventory.Create(), "model")
	inventory.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(*user, *password)}
	server := inventory.Service.NewServer()

	client, err := vim25.NewClient(ctx, inventory.Service) // in process: needs no login
	check(err, "client")
	if *kind == "vpx" {
		for _, name := range strings.Split(*empty, ",") {
			_, err = object.NewRootFolder(client).CreateDatacenter(ctx, name)
			check(err, "datacenter "+name)
		}
	}
	found := describe(ctx, client, strings.Split(*extra, ","))
	address := *server.URL // the service itself checks logins against server.URL.User
	address.User = nil
	found.URL = address.String()
	line, err := json.Marshal(found)
	check(err, "description")
	fmt.Println(string(line))

	_, _ = io.Copy(io.Discard, os.Stdin)
	server.Close()
	inventory.Remove()
}
